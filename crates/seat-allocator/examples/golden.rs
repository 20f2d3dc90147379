//! The golden example: five towns, 300 seats wanted, 240 bought; prices and requests are fictional, populations are those
//! of the census of 2020. Run with `cargo run -p seat-allocator --example golden`.
#![allow(clippy::print_stdout, reason = "an example shows its result")]

use seat_allocator::explain::{explain_ja, reasons};
use seat_allocator::{Claim, Error, Problem, Rule, allocate};

fn main() -> Result<(), Error> {
    for rule in Rule::ALL {
        let town = |id: &str, population: u64, request: u64| {
            Claim::new(id)
                .with_tie_key(id)
                .with_weight(population)
                .with_request(request)
                .with_guarantee(5)
        };
        let claims = vec![
            town("143618", 9_300, 70),
            town("143634", 10_836, 80),
            town("143669", 18_329, 90),
            town("143839", 6_722, 45),
            town("144029", 3_038, 15),
        ];
        let problem = Problem::new(240, rule, claims);
        let result = allocate(&problem)?;
        println!("{rule}: {:?}", result.seats);
        for (seats, reason) in result.seats.iter().zip(reasons(&problem, &result)).take(1) {
            println!("  {}", explain_ja(rule, &(*seats).into(), &reason).concat());
        }
    }
    Ok(())
}
