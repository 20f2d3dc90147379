# Two stages: the build has a compiler and OpenSSL's headers, the image has neither.
FROM rust:1.95-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends libssl-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# Without line tables 67 MB instead of 282; the names of functions stay for backtraces.
RUN cargo build --release --locked -p yui --no-default-features --features postgres-tls \
    && strip --strip-debug target/release/yui

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends libssl3 ca-certificates postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/yui --create-home yui \
    && install --directory --owner yui --mode 0700 /var/lib/yui/data
COPY --from=build /src/target/release/yui /usr/local/bin/yui
USER 10001
WORKDIR /var/lib/yui
ENV YUI_DATA_DIR=/var/lib/yui/data YUI_LISTEN=0.0.0.0:8080 YUI_LOG_FORMAT=json
VOLUME /var/lib/yui/data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["yui", "healthcheck"]
ENTRYPOINT ["yui"]
CMD ["serve"]
