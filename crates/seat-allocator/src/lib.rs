//! Division of indivisible seats among claimants: exact, explained, pure.
