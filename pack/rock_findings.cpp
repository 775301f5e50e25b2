#include "pack/rock_findings.hpp"

#include "pebble/check.hpp"
#include "pebble/entrypoint.hpp"
#include "pebble/image_lints.hpp"
#include "pebble/layer.hpp"

#include <algorithm>
#include <tuple>

namespace rockbuild {

Result<Diagnostics> rock_findings(const FinishedRock& rock) {
    auto folder = TRY(layers_in_tree(rock.store, rock.root, std::string(pebble_folder) + "/layers"));
    folder.shown = "image:" + folder.shown;  // no file of this machine
    std::optional<OwnLayer> own;
    if (rock.own_layer) own.emplace("image:/" + *rock.own_layer, rock.project);
    auto reading = read_layers(folder, own);
    auto found = std::move(reading.diagnostics);
    for (auto& item : check_entrypoint(rock.project, reading.plan)) found.push_back(std::move(item));

    RockImage image{rock.store, rock.root, rock.image.arch, {}, rock.project.run_user, rock.project.name.span};
    for (const auto& [name, value] : rock.image.environment) image.environment[name] = value;
    for (auto& item : TRY(lint_image(reading.layers, reading.plan, image))) found.push_back(std::move(item));
    std::stable_sort(found.begin(), found.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::tie(a.span->file, a.span->begin) < std::tie(b.span->file, b.span->begin);
    });
    return found;
}

}  // namespace rockbuild
