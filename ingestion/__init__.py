"""From a file that a council's system wrote to accepted, typed and pseudonymised rows, a folder for each stage."""
