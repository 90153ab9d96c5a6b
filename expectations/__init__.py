"""Is this month believable, do the sources agree, and do the marts hold together?"""
