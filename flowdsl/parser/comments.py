from flowdsl import ast
def attach(tokens, comments, declarations):
    return ast.NO_COMMENTS
