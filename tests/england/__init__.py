"""All of England: every authority's published rates, from generated extracts through landing and the build."""
