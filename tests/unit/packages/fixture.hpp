// What the packages' tests share: a store in a folder that goes, packages made by dpkg-deb, and a small signed archive
// with an index, laid out as Debian's.
#pragma once

#include "packages/deb.hpp"
#include "system/file.hpp"

#include <sys/stat.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rockbuild::test {

/// The value, or the end of the test with the diagnostic's words.
template <class T>
T get(Result<T> result) {
    if (!result) {
        std::string text = result.error().code + ": " + result.error().message;
        for (const auto& note : result.error().notes) text += "\n  " + note.message;
        FAIL(text);
    }
    return *std::move(result);
}
inline void get(Result<void> result) {
    if (!result) FAIL(result.error().code + ": " + result.error().message);
}

/// The error's code; empty when there was none.
template <class T>
std::string code_of(const Result<T>& result) {
    return result ? std::string() : result.error().code;
}

/// Standard output of a shell command; the test fails if the command does.
inline std::string run(const std::string& command) {
    INFO(command);
    std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
    REQUIRE(pipe);
    std::string output;
    char buffer[4096];
    while (const auto count = ::fread(buffer, 1, sizeof buffer, pipe.get())) output.append(buffer, count);
    REQUIRE(::pclose(pipe.release()) == 0);
    return output;
}

struct Scratch {
    TempFolder folder = get(TempFolder::make(fs::temp_directory_path(), "packages-test-"));
    std::unique_ptr<Store> store = get(Store::open(folder.path() / "store"));

    Digest put(std::string_view bytes) const { return get(store->put(bytes)).digest; }
};

inline void write(const fs::path& path, std::string_view text) {
    get(make_folders(path.parent_path()));
    get(write_file(path, text));
}

/// A package as a stanza of an index says it, and its bytes.
struct Deb {
    std::string name;
    std::string version = "1.0";
    std::string fields = {};  // "Depends: x\n"
    std::string bytes = {};   // made up where only the index matters
    std::string architecture = "amd64";

    std::string path() const {
        return "pool/main/" + name.substr(0, 1) + "/" + name + "/" + name + "_" + version + "_" + architecture + ".deb";
    }
    std::string content() const { return bytes.empty() ? "the bytes of " + name + " " + version : bytes; }
    std::string stanza() const {
        return "Package: " + name + "\nVersion: " + version + "\nArchitecture: " + architecture +
               "\nMaintainer: Nobody <nobody@example.org>\nDescription: x\nSize: " + std::to_string(content().size()) +
               "\nSHA256: " + sha256(content()).hex() + "\nFilename: " + path() + "\n" + fields + "\n";
    }
};

/// Packs the folder `files` (with DEBIAN/control made here) with one of dpkg-deb's compressions.
inline std::string build_deb(const fs::path& files, const std::string& compression = "xz") {
    write(files / "DEBIAN/control",
          "Package: x\nVersion: 1.0\nArchitecture: all\nMaintainer: Nobody <nobody@example.org>\nDescription: x\n");
    ::chmod((files / "DEBIAN").c_str(), 0755);
    const auto deb = files.native() + ".deb";
    run("dpkg-deb -Z" + compression + " --build '" + files.native() + "' '" + deb + "' >/dev/null");
    return get(read_file(deb));
}

/// An OpenPGP key for one test program: its keyring, and what signs with it.
class SigningKey {
public:
    static const SigningKey& one() {
        static const SigningKey key("One");
        return key;
    }
    explicit SigningKey(const std::string& name) {
        gpg("--quick-generate-key '" + name + " <" + name + "@example.org>' ed25519 sign never 2>/dev/null");
        gpg("--export > '" + keyring().native() + "'");
    }
    ~SigningKey() {
        [[maybe_unused]] const auto ended =
            std::system(("gpgconf --homedir '" + home_.path().native() + "' --kill all").c_str());
    }
    SigningKey(const SigningKey&) = delete;
    SigningKey& operator=(const SigningKey&) = delete;

    fs::path keyring() const { return home_.path() / "keyring.gpg"; }
    void sign(const fs::path& release) const {
        gpg("--clearsign --output '" + (release.parent_path() / "InRelease").native() + "' '" + release.native() + "'");
    }

private:
    void gpg(const std::string& arguments) const {
        run("gpg --homedir '" + home_.path().native() + "' --batch --yes --quiet --passphrase '' " + arguments);
    }
    TempFolder home_ = get(TempFolder::make(fs::temp_directory_path(), "gpg-"));
};

/// `folder/debian` with RELEASE and RELEASE-updates, `folder/debian-security` with RELEASE-security.
class TestArchive {
public:
    TestArchive(fs::path folder, const std::vector<Deb>& main, const std::vector<Deb>& security = {},
                const SigningKey& key = SigningKey::one(), const std::string& architecture = "amd64")
        : folder_(std::move(folder)) {
        add("debian", "bookworm", main, key, architecture);
        add("debian", "bookworm-updates", {}, key, architecture);
        add("debian-security", "bookworm-security", security, key, architecture);
    }
    const fs::path& folder() const { return folder_; }
    Mirror mirror() const {
        return {"file:" + (folder_ / "debian").native(), "file:" + (folder_ / "debian-security").native(), "the test"};
    }

private:
    void add(const std::string& archive, const std::string& suite, const std::vector<Deb>& debs, const SigningKey& key,
             const std::string& architecture) const {
        const auto dist = folder_ / archive / "dists" / suite;
        std::string index;
        for (const auto& deb : debs) {
            index += deb.stanza();
            write(folder_ / archive / deb.path(), deb.content());
        }
        const auto name = "main/binary-" + architecture + "/Packages";
        write(dist / name, index);
        write(dist / "Release", "Origin: Debian\nSuite: " + suite + "\nCodename: " + suite +
                                    "\nDate: Sat, 10 Jun 2023 08:00:00 UTC\nArchitectures: " + architecture +
                                    "\nComponents: main\nSHA256:\n " + sha256(index).hex() + " " +
                                    std::to_string(index.size()) + " " + name + "\n");
        key.sign(dist / "Release");
        fs::remove(dist / "Release");
    }
    fs::path folder_;
};

}  // namespace rockbuild::test
