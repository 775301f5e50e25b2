// What the plugins' files share: reading a part's keys, and the plugins themselves.
#pragma once

#include "parts/plugins.hpp"

namespace rockbuild {

/// The texts of a list, empty if the part hasn't the key.
std::vector<std::string> property_texts(const Part& part, std::string_view key);
/// A scalar's text; none if the part hasn't the key or it is empty.
std::optional<std::string> property_text(const Part& part, std::string_view key);
bool property_truth(const Part& part, std::string_view key);
/// The place of the key's value; of the plugin if the part hasn't the key.
Span property_span(const Part& part, std::string_view key);
/// " a b": each word behind a blank, as it stands.
std::string spaced(const std::vector<std::string>& words);
/// Does the part say `build-attributes: [self-contained]`?
bool is_self_contained(const Part& part);
/// `more` and what upstream's instances have for compiled languages before any plugin asks.
std::vector<std::string> compilers_and(std::vector<std::string> more);

Result<PluginBuild> autotools_build(const PluginSetting& setting);
Result<PluginBuild> cmake_build(const PluginSetting& setting);
Result<PluginBuild> go_build(const PluginSetting& setting);
Result<PluginBuild> make_build(const PluginSetting& setting);
Result<PluginBuild> meson_build(const PluginSetting& setting);
Result<PluginBuild> python_build(const PluginSetting& setting);
Result<PluginBuild> npm_build(const PluginSetting& setting);
Result<PluginBuild> maven_build(const PluginSetting& setting);
Result<PluginBuild> gradle_build(const PluginSetting& setting);
Result<PluginBuild> jlink_build(const PluginSetting& setting);

/// What the plugins of Java share (spec/parts-lifecycle.md §9 "Java post-steps").
namespace java {
/// The newest development kit below /usr/lib/jvm.
std::pair<std::string, std::string> home();
/// The time of archive members, in seconds: SOURCE_DATE_EPOCH, where a zip's time can say it.
std::string archive_time();
/// Every jar of the build folder goes to `jar/`.
std::string collect_jars();
}  // namespace java

}  // namespace rockbuild
