//! S33: spoken to a scanner in a process of its own, over a socket and over a port.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may fail loudly")]

use scanner::{Scanner, Unreachable, Verdict};
use std::time::Duration;
use testkit::clamd::{Clamd, eicar};

fn scan(scanner: &Scanner, content: &[u8]) -> Result<Verdict, Unreachable> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(scanner.scan(content))
}

fn infected() -> Result<Verdict, Unreachable> {
    Ok(Verdict::Infected { signature: "Eicar-Test-Signature".to_owned() })
}

#[test]
fn a_virus_is_found_wherever_it_stands_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let (socket, port) = (Clamd::at(&folder.path().join("clamd.ctl")), Clamd::on_a_port(8 * 1024 * 1024));
    for peer in [&socket, &port] {
        let scanner = Scanner::at(peer.address()).unwrap();
        assert_eq!(scan(&scanner, b"nothing to see"), Ok(Verdict::Clean));
        assert_eq!(scan(&scanner, b""), Ok(Verdict::Clean));
        assert_eq!(scan(&scanner, &eicar()), infected());
        let mut large = vec![b'a'; 5 * 1024 * 1024];
        assert_eq!(scan(&scanner, &large), Ok(Verdict::Clean));
        // Across two chunks.
        large.splice(64 * 1024 - 30..64 * 1024 - 30, eicar());
        assert_eq!(scan(&scanner, &large), infected());
    }
}

#[test]
fn no_answer_is_no_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clamd.ctl");
    let nobody = Scanner::at(path.to_str().unwrap()).unwrap();
    assert!(scan(&nobody, b"a").is_err(), "nobody listens");
    let small = Clamd::on_a_port(1024);
    let scanner = Scanner::at(small.address()).unwrap();
    assert_eq!(scan(&scanner, &[b'a'; 1024]), Ok(Verdict::Clean));
    assert!(scan(&scanner, &vec![b'a'; 4 * 1024 * 1024]).is_err(), "larger than the scanner takes");
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let scanner = Scanner::at(&silent.local_addr().unwrap().to_string()).unwrap();
    let scanner = scanner.with_patience(Duration::from_millis(100));
    assert!(scan(&scanner, b"a").is_err(), "a scanner that says nothing is not waited for");
    let scanner = Clamd::at(&path);
    assert_eq!(scan(&nobody, &eicar()), infected(), "it is there now");
    drop(scanner);
    assert!(scan(&nobody, b"a").is_err(), "and gone again");
}
