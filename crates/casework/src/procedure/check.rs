//! Proves that no petition can lie still under a procedure file.
