"""What people look at: Results go in; stories come out. Importing this room teaches `Results` to tell them.

`Results.story` is a hook of a lower floor; filling it from here keeps imports one-way.
"""

from flowdsl.show.story import story
from flowdsl.sim.results import Results

__all__ = ["story"]

Results.renderers["story"] = story
