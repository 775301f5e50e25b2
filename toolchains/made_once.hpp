// A tree that is made once per store, however many runs want it at the same time.
#pragma once

#include "system/file.hpp"
#include "toolchains/pebble_binary.hpp"

#include <fmt/format.h>

#include <functional>
#include <string>

namespace rockbuild {

/// The tree that the note `note` names, else the one that `make` gives, noted. Whoever comes second waits for the lock
/// `what`, and finds what the first one left. Progress is told of `subject`.
inline Result<Digest> made_once(const PebbleMaker& maker, const std::string& note, const std::string& what,
                                const std::string& subject, const std::function<Result<Digest>()>& make) {
    const auto known = [&]() -> Result<std::optional<Digest>> {
        if (const auto digest = Digest::parse(TRY(maker.store.note(note)).value_or(""));
            digest && maker.store.has(*digest))
            return *digest;
        return std::nullopt;
    };
    if (const auto tree = TRY(known())) return *tree;
    const auto lock =
        TRY(FileLock::acquire(maker.store.root() / fmt::format("{}.lock", what), FileLock::Kind::exclusive,
                              [&] { maker.events.log(what, "another run makes it: waiting"); }));
    if (const auto tree = TRY(known())) return *tree;
    const auto begin = monotonic_seconds();
    maker.events.started(subject);
    auto made = make();
    maker.events.finished(subject, outcome_of(made), monotonic_seconds() - begin);
    if (made) TRY_VOID(maker.store.put_note(note, made->str()));
    return made;
}

}  // namespace rockbuild
