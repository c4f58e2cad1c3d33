//! The statistics that criteria are judged by: one primitive, a bet that grows when a rate is not what it is said to be.
//! Not verdicts, which are the gate's.
