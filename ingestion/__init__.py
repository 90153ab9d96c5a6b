"""From a file that a council's system wrote to accepted, typed and pseudonymised rows, one module a step."""
