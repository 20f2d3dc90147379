//! Entities, states, permissions and values of joint procurement; no IO.
