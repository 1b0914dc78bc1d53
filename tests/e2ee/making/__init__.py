"""How the vectors of tests/vectors are made: the cases of SPEC.md section 13, from a fixed seed."""
