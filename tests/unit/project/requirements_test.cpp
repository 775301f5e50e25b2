// The names of requirements, as PEP 508 has them.
#include "project/extensions/requirements.hpp"

#include "unit/project/expanding.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using namespace rockbuild::test;

TEST_CASE("a requirement begins with its name") {
    for (const auto* line :
         {"Flask", "flask==3.0", "flask >= 2, < 4", "FLASK[async]>=2", "flask ; python_version > '3'",
          "flask @ https://example.org/flask.zip", "flask(>=2)", "  flask  ", "flask # the framework",
          "flask --hash=sha256:0", "flask~=3.0\r", "flask \\", "flask>=2 # x"}) {
        INFO(line);
        CHECK(requirement_name(line) == "flask");
    }
    CHECK(requirement_name("Flask-SQLAlchemy>=3") == "flask-sqlalchemy");
    CHECK(requirement_name("zope.interface") == "zope.interface");
}

TEST_CASE("what is no requirement has no name") {
    for (const auto* line : {"", "  ", "# flask", "-r base.txt", "--index-url x", "-e .", "./flask",
                             "git+https://x/flask", "flask is nice", "_flask", "flask[async", "=flask"}) {
        INFO(line);
        CHECK_FALSE(requirement_name(line));
    }
    CHECK_FALSE(requirement_name("flask" + std::string(100000, '-')));
}

TEST_CASE("a pyproject that can't be read is told with its line") {
    const auto text = app(on_debian, "extensions: [flask-framework]\n");
    const auto said_of = [&](const std::string& pyproject) {
        const auto document = read_beside(text, FakeFiles{{"pyproject.toml", pyproject}, {"app.py", "app = 1"}});
        Lines lines;
        for (const auto& item : document.diagnostics)
            lines.push_back(fmt::format("{} {}:{}", item.code, item.span->file, place(*item.span)));
        return lines;
    };
    CHECK(said_of("[project]\ndependencies = ['Flask>=2']\n").empty());
    CHECK(said_of("[project]\nname = \n") == Lines{"RB0335 pyproject.toml:2:8"});
    CHECK(said_of("[project]\ndependencies = 'flask'\n") == Lines{"RB0336 pyproject.toml:2:16"});
    CHECK(said_of("[project]\ndependencies = ['flask', 3]\n") == Lines{"RB0336 pyproject.toml:2:26"});
    CHECK(said_of("[project]\ndependencies = []\n") == Lines{"RB0333 rockcraft.yaml:8:14"});
    CHECK(said_of("project = 3\n") == Lines{"RB0333 rockcraft.yaml:8:14"});
    CHECK(said_of("a = '\xff'\n") == Lines{"RB0335 pyproject.toml:1:1"});
}

TEST_CASE("a byte order mark before the first requirement is passed over, as pip does") {
    CHECK(test::said_beside(test::app(test::on_debian, "extensions: [flask-framework]\n"),
                            test::FakeFiles{{"requirements.txt",
                                             "\xef\xbb\xbf"
                                             "flask\n"},
                                            {"app.py", "app = 1"}})
              .empty());
}
