//! The transparency log's mathematics, receipts and their offline verification. Stands beside `casework`, knows
//! nothing of petitions, and builds alone; the log itself is the next step of the project.
