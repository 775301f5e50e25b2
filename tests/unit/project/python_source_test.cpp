// Which names a Python file binds at its top level. What is bound was decided by Python's own `ast` for each text here.
#include "project/extensions/python_source.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace rockbuild;
using Names = std::set<std::string, std::less<>>;

namespace {

Names variables(std::string_view source) { return top_level_names(source).variables; }
Names functions(std::string_view source) { return top_level_names(source).functions; }

}  // namespace

TEST_CASE("plain assignments to a name bind it") {
    CHECK(variables("app = Flask(__name__)\n") == Names{"app"});
    CHECK(variables("a = app = 1") == Names{"a", "app"});
    CHECK(variables("x = 1; app = 2\n") == Names{"app", "x"});
    CHECK(variables("app = (\n  1\n)\nb = {\n'c': 1}\n") == Names{"app", "b"});
    CHECK(variables("app = \\\n  1\nb \\\n= 2\n") == Names{"app", "b"});
    CHECK(variables("(app) = 1\n") == Names{"app"});
    CHECK(variables("\xc3\xa9t\xc3\xa9 = 1\n") == Names{"\xc3\xa9t\xc3\xa9"});
    CHECK(variables("app=1\r\nb=2\rc=3") == Names{"app", "b", "c"});
    CHECK(variables("\xef\xbb\xbf"
                    "app = 1\n") == Names{"app"});
    CHECK(variables("f = lambda app=1: app\n") == Names{"f"});
    CHECK(variables("match = 1\ntype = 2\n") == Names{"match", "type"});
}

TEST_CASE("other statements bind nothing that counts") {
    for (const auto* source : {"app: Flask = Flask()\n",
                               "app += 1\n",
                               "app == 1\n",
                               "app, b = 1, 2\n",
                               "[app] = [1]\n",
                               "app.x = 1\n",
                               "app[0] = 1\n",
                               "run(app=1)\n",
                               "print(app := 1)\n",
                               "(app := 1)\n",
                               "import app\n",
                               "import x as app\n",
                               "def app(): pass\n",
                               "class app: pass\n",
                               "for app in []: pass\n",
                               "with x as app: pass\n",
                               "del app\n",
                               "global app\n",
                               "@x(app=1)\ndef f(): pass\n",
                               "app >= 1\n",
                               "app <<= 1\n",
                               "app //= 2\n",
                               "app @= 2\n",
                               "app != 1\n",
                               "x[app] = 1\n",
                               "app() \n",
                               "app\n",
                               "\n",
                               "# app = 1\n"}) {
        INFO(source);
        CHECK(variables(source).empty());
    }
}

TEST_CASE("what stands in a block isn't at the top level") {
    CHECK(variables("if x:\n    app = 1\nb = 2\n") == Names{"b"});
    CHECK(variables("if x: app = 1; c = 2\nb = 2\n") == Names{"b"});
    CHECK(variables("try:\n\tfrom x import app\nexcept E:\n\tapp = None\n").empty());
    CHECK(variables("class C: app = 1\n").empty());
    CHECK(variables("def f():\n    return (\n1)\n    app = 1\n").empty());
    CHECK(variables("if x:\n    pass\n\n# c\n   # d\n\nelse: app = 1\nb = 1\n") == Names{"b"});
    CHECK(variables("def f():\n    s = '''\nno = 1\n'''\n    app = 1\nb = 2\n") == Names{"b"});
}

TEST_CASE("imports bind the names that they give") {
    CHECK(variables("from x import app\n") == Names{"app"});
    CHECK(variables("from x import y as app\n") == Names{"app"});
    CHECK(variables("from x import app as y\n") == Names{"y"});
    CHECK(variables("from . import app\nfrom ..a.b import c, d as e\n") == Names{"app", "c", "e"});
    CHECK(variables("from x import (  # why\n    a,\n    b as app,\n)\n") == Names{"a", "app"});
    CHECK(variables("from x import *\n").empty());
    CHECK(variables("from x import a; app = 1\n") == Names{"a", "app"});
    CHECK(variables("from x import \\\n  app\n") == Names{"app"});
}

TEST_CASE("texts hide what stands in them") {
    for (const auto* source :
         {"'''\napp = 1\n'''\n", "\"\"\"\napp = 1\n\"\"\"\n", "s = 'x' '''\napp = 1\n''' \"\"\n",
          "s = r'\\'\n'app = 1'\n", "s = '\\\napp = 1'\n", "s = rb'''\napp = 1\n'''\n", "s = f'''{x}\napp = 1\n'''\n",
          "s = '''\\'''\napp = 1\n'''\n", "s = U'''\napp = 1\n'''\n", "s = '''''\napp = 1\n'''\n",
          "s = f\"{d[\"k\"]}\" '''\napp = 1\n'''\n", "s = f'{{' '''\napp = 1\n'''\n",
          "s = f'{x:{w}}' '''\napp = 1\n'''\n", "s = f'{a!r:>{w}}{b[1:2]}' \"\"\"\napp = 1\n\"\"\"\n",
          "s = f'''{\n  f\"{x}\"  # }\n}\napp = 1\n'''\n", "s = t'''\napp = 1\n'''\n"}) {
        INFO(source);
        CHECK_FALSE(variables(source).contains("app"));
    }
    CHECK(variables("s = 'a' # '\napp = 1\n").contains("app"));
    CHECK(variables("s = f'{x}'\napp = 1\n").contains("app"));
    CHECK(variables("s = f'{x:#x}'\napp = 1\n").contains("app"));
    CHECK(variables("s = f'{{'\napp = 1\n").contains("app"));
    CHECK(variables("s = 'it is broken\napp = 1\n").contains("app"));
    CHECK(variables("x = 'a'if b else'c'\napp = 1\n").contains("app"));
}

TEST_CASE("factories are functions at the top level") {
    CHECK(functions("def create_app():\n    def inner(): pass\n") == Names{"create_app"});
    CHECK(functions("@x\ndef make_app(a=1): return 2\n") == Names{"make_app"});
    CHECK(functions("async def create_app(): pass\n").empty());
    CHECK(functions("if x:\n    def create_app(): pass\n").empty());
    CHECK(functions("class C:\n    def create_app(self): pass\n").empty());
    CHECK(functions("def\\\n create_app(): pass\n") == Names{"create_app"});
}

TEST_CASE("where a file ends within something is told") {
    CHECK(top_level_names("a = 1\nb = (\nc = 2\n").never_closed == 2U);
    CHECK(top_level_names("a = 1\n\ns = '''\n").never_closed == 3U);
    CHECK_FALSE(top_level_names("a = (1)\n").never_closed);
    CHECK_FALSE(top_level_names("a = )\n").never_closed);
}

TEST_CASE("any depth of anything is answered") {
    std::string deep;
    for (int i = 0; i < 100000; ++i) deep += "f'{";
    CHECK_FALSE(top_level_names(deep).variables.contains("app"));
    CHECK(top_level_names(std::string(100000, '(')).never_closed == 1U);
    CHECK(top_level_names(std::string(100000, '\\')).variables.empty());
}

namespace {

/// "1 typed app"
std::vector<std::string> near(std::string_view source) {
    constexpr const char* kinds[] = {"typed", "several", "block"};
    std::vector<std::string> lines;
    for (const auto& miss : top_level_names(source).near_misses)
        lines.push_back(std::to_string(miss.line) + " " + kinds[static_cast<int>(miss.kind)] + " " + miss.name);
    return lines;
}
using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("what is bound in another way is a near miss, with its line") {
    CHECK(near("import x\napp: Flask = Flask()\n") == Lines{"2 typed app"});
    CHECK(near("app: dict[str, int] = 1\n") == Lines{"1 typed app"});
    CHECK(near("app, db = 1, 2\n") == Lines{"1 several app", "1 several db"});
    CHECK(near("(app, [db, *rest]) = x\n") == Lines{"1 several app", "1 several db", "1 several rest"});
    CHECK(near("[app] = [1]\n") == Lines{"1 several app"});
    CHECK(near("if x:\n    app = 1\nelse:\n    from y import app\nb = 1\n") == Lines{"2 block app", "4 block app"});
    CHECK(near("try:\n\tif y:\n\t\tapp = 1\nexcept E:\n  pass\n") == Lines{"3 block app"});
    CHECK(near("with x as y:\n\n# c\n  app = 1\n") == Lines{"4 block app"});
}

TEST_CASE("what binds no name of the file is no near miss") {
    for (const auto* source :
         {"app = 1\n", "app: Flask\n", "app.x = 1\n", "x[app] = 1\n", "a, x[app] = 1, 2\n", "app.x, b.y = 1, 2\n",
          "f(app=1)\n", "f(app, x=1)\n", "x = {app: 1}\n", "x = lambda app: 1\n", "app == 1\n",
          "def f():\n    app = 1\n", "class C:\n    app = 1\n", "if x:\n    def f():\n        app = 1\n",
          "if x:\n  class C:\n    app = 1\n", "@d\ndef f():\n    app = 1\n", "if x:\n    f(app=1)\n"}) {
        INFO(source);
        CHECK(near(source).empty());
    }
    CHECK(near("if x:\n  def f():\n    app = 1\n  b = 1\n") == Lines{"4 block b"});
}
