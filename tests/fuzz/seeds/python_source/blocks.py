from .web import (  # both
    app as application,
    other,
)
if True:
    app = 1
else: app = 2; x = 3
async def create_app(): pass
def make_app(a=1, *, b: int = 2): return r"\"
