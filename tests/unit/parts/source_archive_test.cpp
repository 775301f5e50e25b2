// Archives of sources, made by libarchive as friends and enemies make them.
#include "parts/sources/archive.hpp"

#include <catch2/catch.hpp>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

using namespace rockbuild;
namespace fs = std::filesystem;

namespace {

using Lines = std::vector<std::string>;

struct Member {
    std::string name;
    std::string content;
    unsigned type = AE_IFREG;
    unsigned mode = 0644;
    std::string target = {};
    std::string hard_link = {};
    std::int64_t uid = 0;
    std::int64_t size = -1;  // that it claims to have
};
Member folder_member(const std::string& name) { return {name, "", AE_IFDIR, 0755}; }
Member link_member(const std::string& name, const std::string& target) { return {name, "", AE_IFLNK, 0777, target}; }
Member hard(const std::string& name, const std::string& of) { return {name, "", AE_IFREG, 0644, "", of}; }

using Setup = std::function<void(archive*)>;
const Setup pax_tar = [](archive* writer) { archive_write_set_format_pax_restricted(writer); };

std::string pack(const std::vector<Member>& members, const Setup& setup = pax_tar) {
    std::string bytes(1 << 22, '\0');
    std::size_t used = 0;
    auto* writer = archive_write_new();
    setup(writer);
    archive_write_set_bytes_in_last_block(writer, 1);
    REQUIRE(archive_write_open_memory(writer, bytes.data(), bytes.size(), &used) == ARCHIVE_OK);
    for (const auto& member : members) {
        auto* entry = archive_entry_new();
        archive_entry_set_pathname(entry, member.name.c_str());
        archive_entry_set_filetype(entry, member.type);
        archive_entry_set_perm(entry, static_cast<mode_t>(member.mode));
        archive_entry_set_uid(entry, member.uid);
        archive_entry_set_mtime(entry, 1'000'000'000, 0);
        archive_entry_set_size(entry, member.type == AE_IFREG && member.hard_link.empty()
                                          ? (member.size >= 0 ? member.size : std::int64_t(member.content.size()))
                                          : 0);
        if (!member.target.empty()) archive_entry_set_symlink(entry, member.target.c_str());
        if (!member.hard_link.empty()) archive_entry_set_hardlink(entry, member.hard_link.c_str());
        REQUIRE(archive_write_header(writer, entry) >= ARCHIVE_WARN);
        if (!member.content.empty()) archive_write_data(writer, member.content.data(), member.content.size());
        archive_entry_free(entry);
    }
    archive_write_close(writer);
    archive_write_free(writer);
    bytes.resize(used);
    return bytes;
}

struct Box {
    TempFolder folder = *TempFolder::make(fs::temp_directory_path(), "archive-");
    std::unique_ptr<Store> store = *Store::open(folder.path() / "store");

    Result<Tree> unpack(const std::string& bytes, const std::string& kind = "tar", const ArchiveLimits& limits = {}) {
        ResolvedSource source;
        source.kind = kind;
        source.file = store->put(bytes)->digest;
        source.time = 77;
        return unpack_archive(*store, source, {}, limits);
    }
    Tree tree(const std::string& bytes, const std::string& kind = "tar") {
        auto tree = unpack(bytes, kind);
        if (!tree) FAIL(tree.error().code << ": " << tree.error().message);
        return *tree;
    }
    Lines paths(const std::vector<Member>& members) {
        Lines lines;
        const auto unpacked = tree(pack(members));
        for (const auto& entry : unpacked.entries()) lines.push_back(entry.path);
        return lines;
    }
    /// The code and the message of the refusal.
    std::string refusal(const std::string& bytes, const std::string& kind = "tar", const ArchiveLimits& limits = {}) {
        const auto tree = unpack(bytes, kind, limits);
        return tree ? "taken" : tree.error().code + " " + tree.error().message;
    }
};

bool names(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

// The rule of spec/parts-lifecycle.md §8.3; tests/differential/source_archives.py asks craft-parts about random ones.
TEST_CASE("the folder that all of a tar's members share goes") {
    Box box;
    CHECK(box.paths({folder_member("a"), folder_member("a/b"), {"a/b/f", "x"}}) == Lines{"b", "b/f"});
    CHECK(box.paths({{"a/b/f", "x"}, {"a/b/g", "x"}}) == Lines{"f", "g"});
    CHECK(box.paths({{"a/b/f", "x"}}) == Lines{"f"});
    CHECK(box.paths({{"pkg-1/f", "x"}, {"pkg-2/g", "x"}}) == Lines{"pkg-1", "pkg-1/f", "pkg-2", "pkg-2/g"});
    CHECK(box.paths({{"x/pkg-1/f", "x"}, {"x/pkg-2/g", "x"}}) == Lines{"pkg-1", "pkg-1/f", "pkg-2", "pkg-2/g"});
    CHECK(box.paths({folder_member("."), folder_member("./a"), {"./a/f", "x"}}) == Lines{"a", "a/f"});
    CHECK(box.paths({folder_member("./a"), {"./a/f", "x"}}) == Lines{"f"});
    CHECK(box.paths({{"f", "x"}}) == Lines{"f"});
    CHECK(box.paths({{"/top/f", "x"}, {"/top/g", "x"}}) == Lines{"f", "g"});
}

TEST_CASE("every compression of tar is read") {
    Box box;
    for (const auto& filter :
         {archive_write_add_filter_none, archive_write_add_filter_gzip, archive_write_add_filter_bzip2,
          archive_write_add_filter_xz, archive_write_add_filter_lzma, archive_write_add_filter_zstd}) {
        const auto tree = box.tree(pack({folder_member("p"), {"p/run", "hello", AE_IFREG, 0755}}, [&](archive* writer) {
            archive_write_set_format_pax_restricted(writer);
            filter(writer);
        }));
        REQUIRE(tree.find("run") != nullptr);
        CHECK(tree.find("run")->mode == 0755u);
        CHECK(tree.find("run")->mtime == 1'000'000'000);
        CHECK(*box.store->read(tree.find("run")->digest) == "hello");
    }
}

TEST_CASE("links of a tar stay, hard ones as one file") {
    Box box;
    const auto tree = box.tree(
        pack({folder_member("p"), {"p/one", "text"}, hard("p/two", "p/one"), link_member("p/three", "/usr/bin/x")}));
    REQUIRE(tree.size() == 3);
    CHECK(tree.find("one")->link == "one");
    CHECK(tree.find("two")->link == "one");
    CHECK(tree.find("two")->digest == tree.find("one")->digest);
    CHECK(tree.find("three")->target == "/usr/bin/x");
}

TEST_CASE("modes and owners of a tar") {
    Box box;
    auto big = Member{"p/b", "x"};
    big.uid = 4'000'000;
    auto own = Member{"p/c", "x", AE_IFREG, 0444};
    own.uid = 1000;
    const auto tree = box.tree(pack({folder_member("p"), big, own, {"p/new/d", "x"}}));
    CHECK(tree.find("b")->uid == 0u);
    CHECK(tree.find("c")->uid == 1000u);
    CHECK(tree.find("c")->mode == 0644u);  // writable, so that a build can unpack over it
    CHECK(tree.find("new")->mtime == 77);
}

TEST_CASE("modes of a zip are the archiver's, its folders stay") {
    Box box;
    const auto zip = [](archive* writer) { archive_write_set_format_zip(writer); };
    const auto tree =
        box.tree(pack({folder_member("p"), {"p/run", "x", AE_IFREG, 0750}, {"p/none", "x", AE_IFREG, 0}}, zip), "zip");
    CHECK(tree.find("p/run")->mode == 0750u);
    CHECK(tree.find("p/none")->mode == 0644u);
    CHECK(tree.find("p/run")->mtime == 77);
    CHECK(tree.find("p/run")->uid == 0u);
}

TEST_CASE("members that lead out are refused by name") {
    Box box;
    for (const auto* name : {"../evil", "a/../../evil", "/../evil", "a/.."}) {
        const auto said = box.refusal(pack({{name, "x"}}));
        INFO(said);
        CHECK(said.starts_with("RB1078"));
        CHECK(names(said, name));
    }
    CHECK(box.refusal(pack({{"f", "x"}, hard("g", "../../etc/passwd")})).starts_with("RB1078"));
    CHECK(box.refusal(pack({hard("g", "/etc/passwd")})).starts_with("RB1078"));
    const auto zip = [](archive* writer) { archive_write_set_format_zip(writer); };
    CHECK(box.refusal(pack({{"../evil", "x"}}, zip), "zip").starts_with("RB1078"));
}

TEST_CASE("nobody writes through a link of the archive") {
    Box box;
    auto said = box.refusal(pack({link_member("a", "/etc"), {"a/passwd", "x"}}));
    INFO(said);
    CHECK(said.starts_with("RB1078"));
    CHECK(names(said, "'a/passwd' lies below 'a', which is a link"));
    CHECK(box.refusal(pack({{"a/f", "x"}, link_member("a", "b")})).starts_with("RB1078"));
    CHECK(box.refusal(pack({{"a", "x"}, {"a/b", "x"}})).starts_with("RB1078"));
}

TEST_CASE("devices, pipes and links to nothing are refused") {
    Box box;
    for (const auto type : {AE_IFCHR, AE_IFBLK, AE_IFIFO})
        CHECK(box.refusal(pack({{"dev", "", type}})).starts_with("RB1078"));
    CHECK(box.refusal(pack({hard("g", "nothing")})).starts_with("RB1078"));
}

TEST_CASE("of two members with one name the later one stays") {
    Box box;
    const auto tree = box.tree(pack({{"f", "first"}, hard("g", "f"), {"f", "second"}}));
    CHECK(*box.store->read(tree.find("f")->digest) == "second");
    CHECK(*box.store->read(tree.find("g")->digest) == "first");
    CHECK(tree.find("g")->link.empty());
}

TEST_CASE("names are bytes") {
    Box box;
    const std::string name = "caf\xe9";
    CHECK(box.tree(pack({{name, "x"}, {"\xc3\xa9", "x"}},
                        [](archive* writer) { archive_write_set_format_ustar(writer); }))
              .find(name) != nullptr);
}

TEST_CASE("what is cut off or no archive at all is told") {
    Box box;
    const auto gzip = [](archive* writer) {
        archive_write_set_format_ustar(writer);
        archive_write_add_filter_gzip(writer);
    };
    std::string noise;
    for (int i = 0; i < 20000; ++i) noise += static_cast<char>(i * 7919 >> 3);
    const auto whole = pack({{"a", noise}, {"b", noise}}, gzip);
    for (const auto size : {whole.size() / 2, whole.size() / 3})
        CHECK(box.refusal(whole.substr(0, size)).starts_with("RB1077"));
    const auto plain = pack({{"a", noise}});
    CHECK(box.refusal(plain.substr(0, plain.size() / 2)).starts_with("RB1077"));
    for (const auto* kind : {"tar", "zip"}) {
        CHECK(box.refusal("<html>not found</html>", kind).starts_with("RB1077"));
        CHECK(box.refusal("", kind).starts_with("RB1077"));
    }
    CHECK(box.refusal(std::string(10240, '\0')).starts_with("RB1077"));
}

TEST_CASE("archives beyond all measure are refused") {
    Box box;
    const auto gzip = [](archive* writer) {
        archive_write_set_format_pax_restricted(writer);
        archive_write_add_filter_gzip(writer);
    };
    const ArchiveLimits few{.entries = 2};
    CHECK(box.refusal(pack({{"a", "x"}, {"b", "x"}, {"c", "x"}}), "tar", few).starts_with("RB1079"));
    const ArchiveLimits little{.bytes = 1000};
    CHECK(box.refusal(pack({{"a", std::string(2000, 'x')}}), "tar", little).starts_with("RB1079"));
    const ArchiveLimits flat{.ratio = 10, .small = 1 << 16};
    CHECK(box.refusal(pack({{"a", std::string(1 << 20, '\0')}}, gzip), "tar", flat).starts_with("RB1079"));
    CHECK(box.refusal(pack({{"a", std::string(1 << 10, '\0')}}, gzip), "tar", flat) == "taken");
    // A hole of a terabyte takes no room in the archive.
    const auto big = box.folder.path() / "big";
    const auto line =
        fmt::format("cd {0} && truncate -s 1T big && tar -S -cf sparse.tar big && rm big", box.folder.path().native());
    REQUIRE(std::system(line.c_str()) == 0);
    const auto said = box.refusal(*read_file(box.folder.path() / "sparse.tar"));
    CHECK(said.starts_with("RB1079"));
    CHECK(names(said, "'big'"));
}

TEST_CASE("holes of sparse files are zeros") {
    Box box;
    const auto line = fmt::format(
        "cd {0} && truncate -s 3M big && printf end | dd of=big bs=1 seek=3000000 conv=notrunc status=none && "
        "tar -S -cf sparse.tar big",
        box.folder.path().native());
    REQUIRE(std::system(line.c_str()) == 0);
    const auto tree = box.tree(*read_file(box.folder.path() / "sparse.tar"));
    REQUIRE(tree.find("big") != nullptr);
    CHECK(*box.store->read(tree.find("big")->digest) == *read_file(box.folder.path() / "big"));
}
