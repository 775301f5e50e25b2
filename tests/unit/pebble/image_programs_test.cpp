// Programs of a small image: what the kernel and the loader would say, without asking them. The ELF files are made by
// the machine's own compiler.
#include "pebble/image_programs.hpp"

#include "fakes/trees.hpp"
#include "system/file.hpp"

#include <elf.h>
#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>

using namespace rockbuild;
using namespace rockbuild::fakes;
namespace fs = std::filesystem;

namespace {

struct Image {
    TempFolder folder = TempFolder::make(fs::temp_directory_path(), "image-programs-").value();
    std::unique_ptr<Store> store = Store::open(folder.path() / "store").value();
    std::vector<Entry> entries;

    Image& add(Entry entry) {
        entries.push_back(std::move(entry));
        return *this;
    }
    Image& program(const std::string& path, const std::string& text, std::uint32_t mode = 0755) {
        REQUIRE(store->put(text));
        return add(file(path, text, mode));
    }
    /// A file of this machine, its links followed.
    Image& host(const std::string& path) { return program(path.substr(1), read_file(path).value()); }

    /// The code of the fault; empty if there is none.
    std::string code(Start start) const {
        const auto tree = Tree::of(entries);
        const auto found = ImagePrograms(*store, tree, EM_X86_64, "x86_64-linux-gnu").fault(start).value();
        return found ? found->code : "";
    }
    std::string code(const std::string& program) const { return code(Start{program, "/", "/usr/bin:/bin", {}, {}}); }

    /// An ELF file of this source, built with `flags`.
    std::string compiled(const std::string& source, const std::string& flags) const {
        const auto from = (folder.path() / "source.c").native();
        const auto to = (folder.path() / "out").native();
        REQUIRE(write_file(from, source));
        REQUIRE(std::system(("cc -o " + to + " " + from + " " + flags).c_str()) == 0);
        return read_file(to).value();
    }
};

const std::string nothing = "int main(void) { return 0; }\n";

}  // namespace

TEST_CASE("a static program starts, by path, by link and by PATH") {
    Image image;
    image.program("usr/bin/web", image.compiled(nothing, "-static")).add(link_to("bin", "usr/bin"));
    CHECK(image.code("/usr/bin/web").empty());
    CHECK(image.code("/bin/web").empty());
    CHECK(image.code("web").empty());
    CHECK(image.code(Start{"./web", "/usr/bin", {}, {}, {}}).empty());
}

TEST_CASE("a program that isn't there, or a link to nothing, is RB0661") {
    Image image;
    image.add(link_to("usr/bin/gone", "nowhere"));
    CHECK(image.code("/usr/bin/web") == "RB0661");
    CHECK(image.code("/usr/bin/gone") == "RB0661");
    CHECK(image.code("web") == "RB0661");
    CHECK(image.code(Start{"./web", "/srv", {}, {}, {}}) == "RB0661");
}

TEST_CASE("an empty program, and a program as a folder, are RB0661") {
    Image image;
    image.program("usr/bin/web", image.compiled(nothing, "-static"));
    CHECK(image.code("") == "RB0661");
    CHECK(image.code("/usr/bin/web/") == "RB0661");
}

// Go refuses what it finds by a relative entry, whatever comes behind it.
TEST_CASE("what is found in a relative folder of PATH is RB0667") {
    Image image;
    image.program("usr/bin/web", image.compiled(nothing, "-static"));
    const auto by = [&](const std::string& path) { return image.code(Start{"web", "/srv", path, {}, {}}); };
    CHECK(by("usr/bin:/usr/bin") == "RB0667");
    CHECK(by("./usr/bin") == "RB0667");
    CHECK(by("/usr/bin:usr/bin").empty());
    CHECK(by("bin:/usr/bin").empty());
    CHECK(by(":/usr/bin").empty());
    image.program("web", image.compiled(nothing, "-static"));
    CHECK(by(":/usr/bin") == "RB0667");
}

TEST_CASE("what env is given with its folder has to be there") {
    Image image;
    image.program("usr/bin/env", image.compiled(nothing, "-static"))
        .program("bin/lost", "#!/usr/bin/env /nope/python\n");
    image.program("bin/found", "#!/usr/bin/env /usr/bin/env\n");
    CHECK(image.code("/bin/lost") == "RB0663");
    CHECK(image.code("/bin/found").empty());
}

TEST_CASE("a bare name without any PATH is RB0667") {
    Image image;
    image.program("usr/bin/web", "x");
    CHECK(image.code(Start{"web", "/", {}, {}, {}}) == "RB0667");
    CHECK(image.code(Start{"web", "/", "", {}, {}}) == "RB0667");
}

TEST_CASE("what may not be executed is RB0662") {
    Image image;
    const auto bytes = image.compiled(nothing, "-static");
    image.program("bin/plain", bytes, 0644).program("bin/mine", bytes, 0700).program("closed/web", bytes);
    image.add(folder("closed", 0700)).add(folder("bin", 0755));
    CHECK(image.code("/bin/plain") == "RB0662");
    CHECK(image.code("plain") == "RB0662");
    CHECK(image.code("/bin") == "RB0662");
    CHECK(image.code("/bin/mine").empty());  // root
    const Identity other{1000, 1000};
    CHECK(image.code(Start{"/bin/mine", "/", {}, {}, other}) == "RB0662");
    CHECK(image.code(Start{"/closed/web", "/", {}, {}, other}) == "RB0662");
    CHECK(image.code("/closed/web").empty());
}

TEST_CASE("owner and group decide which bits count") {
    Image image;
    const auto bytes = image.compiled(nothing, "-static");
    image.program("a", bytes, 0710).program("b", bytes, 0601);
    image.entries[0].uid = image.entries[1].uid = 7;
    image.entries[0].gid = image.entries[1].gid = 8;
    CHECK(image.code(Start{"/a", "/", {}, {}, {7, 9}}).empty());
    CHECK(image.code(Start{"/a", "/", {}, {}, {9, 8}}).empty());
    CHECK(image.code(Start{"/a", "/", {}, {}, {9, 9}}) == "RB0662");
    CHECK(image.code(Start{"/b", "/", {}, {}, {7, 9}}) == "RB0662");  // the owner has no x, others have
    CHECK(image.code(Start{"/b", "/", {}, {}, {9, 9}}).empty());
}

TEST_CASE("a script needs its interpreter: RB0663") {
    Image image;
    image.program("bin/sh", image.compiled(nothing, "-static")).program("bin/env", image.compiled(nothing, "-static"));
    image.program("good", "#! /bin/sh -e\n").program("bad", "#!/bin/bash\n").program("dos", "#!/bin/sh\r\n");
    image.program("none", "#!\n").program("nested", "#!/good\n").program("circle", "#!/circle\n");
    image.program("by-env", "#!/bin/env -S sh -e\n").program("by-env-bad", "#!/bin/env python3\n");
    image.program("plain-interpreter", "#!/data\n").program("data", "x", 0644);
    CHECK(image.code("/good").empty());
    CHECK(image.code("/nested").empty());
    CHECK(image.code("/by-env").empty());
    for (const auto* script : {"/bad", "/dos", "/none", "/circle", "/by-env-bad"}) {
        INFO(script);
        CHECK(image.code(script) == "RB0663");
    }
    CHECK(image.code("/plain-interpreter") == "RB0662");
    // env looks in the program's own PATH.
    CHECK(image.code(Start{"/by-env", "/", "/bin", {{"PATH", "/nowhere"}}, {}}) == "RB0663");
}

TEST_CASE("what is neither program nor script, or for another machine, is RB0664") {
    Image image;
    auto other = image.compiled(nothing, "-static");
    other[18] = static_cast<char>(EM_AARCH64);
    image.program("text", "echo hello\n").program("empty", "").program("arm", other);
    CHECK(image.code("/text") == "RB0664");
    CHECK(image.code("/empty") == "RB0664");
    CHECK(image.code("/arm") == "RB0664");
}

TEST_CASE("a dynamic program needs its loader and every library") {
    Image image;
    image.program("bin/web", image.compiled(nothing, ""));
    CHECK(image.code("/bin/web") == "RB0664");
    image.host("/lib64/ld-linux-x86-64.so.2");
    CHECK(image.code("/bin/web") == "RB0665");
    image.host("/lib/x86_64-linux-gnu/libc.so.6");
    CHECK(image.code("/bin/web").empty());
}

TEST_CASE("a library is looked for where the loader looks, and what it needs too") {
    Image image;
    const auto inner = image.compiled("int inner(void) { return 1; }\n", "-shared -fPIC -Wl,-soname,libinner.so.1");
    REQUIRE(write_file(image.folder.path() / "libinner.so", inner));
    const auto place = "-L" + image.folder.path().native();
    const auto outer = image.compiled("int inner(void); int outer(void) { return inner(); }\n",
                                      "-shared -fPIC -Wl,-soname,libouter.so.1 " + place + " -linner");
    REQUIRE(write_file(image.folder.path() / "libouter.so", outer));
    const auto program = [&](const std::string& flags) {
        return image.compiled("int outer(void); int main(void) { return outer(); }\n",
                              place + " -louter -Wl,--allow-shlib-undefined " + flags);
    };
    image.host("/lib64/ld-linux-x86-64.so.2").host("/lib/x86_64-linux-gnu/libc.so.6");
    image.program("bin/plain", program(""))
        .program("bin/origin", program("-Wl,--enable-new-dtags,-rpath,'$ORIGIN/../own'"));
    image.program("bin/old", program("-Wl,--disable-new-dtags,-rpath,/own"));
    CHECK(image.code("/bin/plain") == "RB0665");
    image.program("own/libouter.so.1", outer);
    CHECK(image.code("/bin/plain") == "RB0665");   // no one names /own
    CHECK(image.code("/bin/origin") == "RB0665");  // libinner is missing
    image.program("own/libinner.so.1", inner);
    CHECK(image.code("/bin/origin") == "RB0665");  // DT_RUNPATH holds for the program's own needs alone
    CHECK(image.code("/bin/old").empty());         // DT_RPATH for all
    CHECK(image.code(Start{"/bin/plain", "/", {}, {{"LD_LIBRARY_PATH", "/own"}}, {}}).empty());
    image.program("etc/ld.so.conf", "# folders\ninclude /etc/ld.so.conf.d/*.conf\n")
        .program("etc/ld.so.conf.d/own.conf", "/own\n");
    CHECK(image.code("/bin/plain").empty());
}

TEST_CASE("folders that may be entered") {
    Image image;
    image.add(folder("srv/app", 0750)).add(folder("srv", 0755)).add(link_to("app", "srv/app")).program("file", "x");
    const auto tree = Tree::of(image.entries);
    const ImagePrograms programs(*image.store, tree, EM_X86_64, "x86_64-linux-gnu");
    CHECK(programs.may_enter("/srv/app", {}));
    CHECK(programs.may_enter("/app", {}));
    CHECK(programs.may_enter("/", {1000, 1000}));
    CHECK_FALSE(programs.may_enter("/srv/app", {1000, 1000}));
    CHECK_FALSE(programs.may_enter("/srv/none", {}));
    CHECK_FALSE(programs.may_enter("/file", {}));
}
