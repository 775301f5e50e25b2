// Bytes that claim to be a project file: what is said has a place in the file, in its order, each thing once; and every
// build of it can be read, whether the file is good or not.
#include "project/document.hpp"
#include "project/language.hpp"

#include <cstdlib>

using namespace rockbuild;

namespace {

void must(bool holds) {
    if (!holds) std::abort();
}

void check_said(const ProjectDocument& document) {
    bool refused = false;
    const Diagnostic* before = nullptr;
    for (const auto& item : document.diagnostics) {
        must(!item.code.empty() && !item.message.empty() && item.span.has_value());
        must(item.span->begin.line > 0 && item.span->begin.column > 0 && item.span->begin <= item.span->end);
        must(before == nullptr || before->span->begin <= item.span->begin);
        must(before == nullptr || before->code != item.code || before->message != item.message ||
             before->span != item.span);
        refused |= item.severity == Severity::error;
        before = &item;
    }
    must(document.good() != (refused || document.root == nullptr));
    must(document.root != nullptr || refused);
}

/// A good project has what every rock needs.
void check_good(const Project& project) {
    must(!project.name.value.empty() && !project.base.value.empty() && !project.platforms.empty());
    must(!project.version.value.empty() || project.adopt_info.has_value());
    must(project.build_base.value != "bare" && find_base_name(project.build_base.value) != nullptr);
    for (const auto& part : project.parts) {
        must(!part.name.empty() && find_plugin(part.plugin.value, Generation::none) != nullptr);
        for (const auto& permission : part.permissions)
            must(permission.owner.has_value() == permission.group.has_value());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const auto document = read_document(std::string(reinterpret_cast<const char*>(data), size), "f");
    check_said(document);
    if (document.root == nullptr) return 0;
    for (const auto& build : document.builds) {
        const auto project = project_for(document, build);
        if (document.good() && !find_value(*document.root, "extensions")) check_good(project);
    }
    return 0;
}
