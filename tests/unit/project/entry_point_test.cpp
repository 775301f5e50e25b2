// Where an application begins: the order in which files are looked at, and what is said where there is none.
#include "project/extensions/entry_point.hpp"

#include "unit/project/expanding.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

const std::string flask = app(on_debian, "extensions: [flask-framework]\n");

/// What gunicorn is told to serve.
std::string served(std::initializer_list<std::pair<const std::string, std::string>> files) {
    std::vector<std::pair<const std::string, std::string>> all(files);
    FakeFiles fake{{"requirements.txt", "flask\n"}};
    for (const auto& [path, text] : all) fake.add(path, text);
    const std::string command = expanded(flask, fake)["services"]["flask"]["command"];
    const auto begin = command.find('\'') + 1;
    return command.substr(begin, command.rfind('\'') - begin);
}

}  // namespace

TEST_CASE("files are looked at in their order") {
    CHECK(served({{"app.py", "app = 1"}, {"main.py", "app = 1"}}) == "app:app");
    CHECK(served({{"app.py", "x = 1"}, {"main.py", "application = 1"}}) == "main:application");
    CHECK(served({{"app.py", "application = app = 1"}}) == "app:app");
    CHECK(served({{"app/__init__.py", "app = 1"}, {"src/app.py", "app = 1"}}) == "app:app");
    CHECK(served({{"src/app.py", "app = 1"}}) == "src.app:app");
    CHECK(served({{"my_app/main.py", "from .web import app"}}) == "my_app.main:app");
}

TEST_CASE("a factory counts where no object does") {
    CHECK(served({{"app.py", "def make_app(): pass\ndef create_app(): pass"}}) == "app:create_app()");
    CHECK(served({{"app.py", "def create_app(): pass"}, {"src/main.py", "app = 1"}}) == "src.main:app");
}

TEST_CASE("where there is no application, what was looked at is told") {
    const auto none = read_beside(flask, FakeFiles{{"requirements.txt", "flask"}});
    REQUIRE(none.diagnostics.size() == 1);
    CHECK(none.diagnostics[0].code == "RB0334");
    CHECK(none.diagnostics[0].notes.at(0).message.starts_with("looked for: app.py, main.py, app/__init__.py"));
    const auto other = read_beside(
        flask,
        FakeFiles{{"requirements.txt", "flask"}, {"app.py", "def app(): pass\n"}, {"main.py", "x = (\napp = 1\n"}});
    REQUIRE(other.diagnostics.size() == 1);
    REQUIRE(other.diagnostics[0].notes.size() == 2);
    CHECK(other.diagnostics[0].notes[0].message == "looked at 'app.py'");
    CHECK(other.diagnostics[0].notes[1].span->file == "main.py");
}

TEST_CASE("what comes near is noted at its line, with what to write") {
    const auto near = read_beside(
        flask, FakeFiles{{"requirements.txt", "flask"},
                         {"app.py", "x: int = 1\napp: Flask = Flask(__name__)\napp, db = f()\nif x:\n    app = 1\n"}});
    REQUIRE(near.diagnostics.size() == 1);
    const auto& notes = near.diagnostics[0].notes;
    REQUIRE(notes.size() == 4);
    CHECK(notes[1].message == "'app' has a type here, which isn't looked at: write it without, as `app = …`");
    CHECK(notes[1].span->begin.line == 2);
    CHECK(notes[2].span->begin.line == 3);
    CHECK(notes[3].span->file == "app.py");
    CHECK(notes[3].span->begin.line == 5);
}

TEST_CASE("what lies behind the answer isn't read") {
    FakeFiles odd{{"requirements.txt", "flask"}, {"app.py", "app = 1"}, {"src/app.py", "\xff"}};
    odd.odd("main.py", ProjectFiles::Kind::other);
    CHECK(said_beside(flask, odd).empty());
    odd.add("app.py", "def create_app(): pass");  // a factory counts only where no file has an object
    CHECK(said_beside(flask, odd).size() == 2);
}

TEST_CASE("a file that isn't readable text is told, and nothing that follows from it") {
    const auto binary = read_beside(flask, FakeFiles{{"requirements.txt", "flask"}, {"app.py", "x = 1\ny = '\xff'\n"}});
    REQUIRE(binary.diagnostics.size() == 1);
    CHECK(binary.diagnostics[0].code == "RB0335");
    CHECK(binary.diagnostics[0].span->file == "app.py");
    CHECK(binary.diagnostics[0].span->begin.line == 2);
    FakeFiles odd{{"requirements.txt", "flask"}};
    odd.odd("app.py", ProjectFiles::Kind::other);
    CHECK(said_beside(flask, odd) == Lines{"RB0335 8:14 'app.py' is no file"});
    FakeFiles lost{{"requirements.txt", "flask"}, {"main.py", "app = 1"}};
    lost.odd("app.py", ProjectFiles::Kind::lost_link);
    CHECK(said_beside(flask, lost).empty());
    const FakeFiles huge{{"requirements.txt", "flask"}, {"app.py", std::string(ProjectFiles::most_bytes + 1, ' ')}};
    CHECK(said_beside(flask, huge) == Lines{"RB0335 8:14 'app.py' is too large to be looked at: it has 4194305 bytes"});
}
