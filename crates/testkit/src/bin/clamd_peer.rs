//! A process that speaks clamd's protocol and knows one virus; ends with its standard input.

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Err(message) = testkit::clamd::serve(&arguments) {
        eprintln!("clamd-peer: {message}");
        std::process::exit(1);
    }
}
