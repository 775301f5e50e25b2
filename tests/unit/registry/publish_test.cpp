#include "registry/charmhub/publish.hpp"

#include "fakes/events.hpp"
#include "fakes/local_registry.hpp"
#include "unit/image/tar_fixture.hpp"

#include <map>
#include <nlohmann/json.hpp>

using namespace rockbuild;
using namespace rockbuild::test;
using fakes::HttpAsked;
using fakes::HttpReply;
using fakes::LocalRegistry;
using fakes::ScriptedHttp;
using Json = nlohmann::json;

namespace {

const std::string resource = "/v1/charm/demo/resources/app-image";

/// A Charmhub of one charm, and what a run needs of its world.
struct World {
    explicit World(const std::string& architecture = "amd64") {
        Layout layout(folder.path() / "image");
        const auto config = layout.blob(R"({"os":"linux","architecture":")" + architecture + "\"}", "x/config");
        layout.index(layout.blob(
            R"({"schemaVersion":2,"config":)" + config + R"(,"layers":[)" + layout.blob("layer", "x/layer") + "]}",
            "application/vnd.oci.image.manifest.v1+json"));
        image = get(open_local_image("oci:" + layout.path().native()));
        get(store.use({"Macaroon token", {}, {}}));
    }

    Result<Publication> publish(const PublishWish& wish) {
        const PublishWorld world{
            store,
            *image,
            events,
            [this](const ImageReference& reference, const UploadCredentials& credentials) -> Result<RegistryClient*> {
                CHECK(reference.place() == "r.example.test/charm/x/app-image");
                CHECK(credentials.username == "robot");
                return &client;
            },
            [this](const std::string& name) -> Result<std::optional<std::string>> {
                return notes.contains(name) ? std::optional(notes[name]) : std::nullopt;
            },
            [this](const std::string& name, const std::string& text) -> Result<void> {
                notes[name] = text;
                return {};
            }};
        return publish_image(world, wish);
    }
    Result<Publication> publish() { return publish({.charm = "demo", .resource = "app-image"}); }
    Result<Publication> release(const std::string& channel, bool dry_run = false) {
        return publish(
            {.charm = "demo", .resource = "app-image", .channels = {get(Channel::parse(channel))}, .dry_run = dry_run});
    }

    HttpReply answer(const HttpAsked& asked) {
        const auto ok = [](const Json& json) { return HttpReply{200, {}, json.dump()}; };
        if (asked.path == "/v1/tokens/whoami") return {200, {}, account};
        if (asked.path == "/v1/charm/demo/resources") return {200, {}, declared};
        if (asked.path.ends_with("upload-credentials"))
            return ok({{"image-name", "r.example.test/charm/x/app-image"}, {"username", "robot"}, {"password", "p:w"}});
        if (asked.path.ends_with("/oci-image/blob")) return {200, {}, blob_text()};
        if (asked.path == "/unscanned-upload/") return ok({{"successful", true}, {"upload_id", "u1"}});
        if (asked.path == resource + "/revisions" && asked.method == "POST")
            return ok({{"status-url", "/review?u=u1"}});
        if (asked.path == resource + "/revisions") return ok({{"revisions", revisions}});
        if (asked.path == "/review") {
            const auto state = reviews.empty() ? Json{{"status", "approved"}, {"revision", 7}} : reviews.front();
            if (!reviews.empty()) reviews.erase(reviews.begin());
            if (state["status"] == "approved")
                revisions.push_back({{"revision", 7}, {"sha256", sha256(blob_text()).hex()}});
            return ok({{"revisions", Json::array({state})}});
        }
        if (asked.path == "/v1/charm/demo/releases" && asked.method == "POST") {
            Json released = Json::array();
            const auto wanted = Json::parse(asked.body);
            for (const auto& one : wanted) released.push_back({{"channel", one["channel"]}});
            return ok({{"released", released}});
        }
        if (asked.path == "/v1/charm/demo/resources/data/revisions") return ok({{"revisions", others}});
        const Json there = Json::array({{{"name", "data"}, {"revision", 2}}});
        return ok({{"channel-map", {{{"channel", "latest/edge"}, {"revision", 14}, {"resources", there}}}}});
    }
    std::string blob_text() const { return "{\"ImageName\":\"r.example.test/x@" + image->root().digest.str() + "\"}"; }

    TempFolder folder = get(TempFolder::make(fs::temp_directory_path(), "publish-test-"));
    std::unique_ptr<ImageSource> image;
    std::string account = R"({"account":{"username":"ada"},"permissions":["package-manage"]})";
    std::string declared = R"({"resources":[{"name":"app-image","type":"oci-image"},{"name":"data","type":"file"}]})";
    Json revisions = Json::array();
    Json others = Json::array();  // revisions of the resource 'data'
    std::vector<Json> reviews;
    std::map<std::string, std::string> notes;
    fakes::KeptEvents events;
    ScriptedHttp http{[this](const HttpAsked& asked) { return answer(asked); }};
    StoreClient store{http,
                      {"https://api.example.test", "https://storage.example.test", "https://sso.example.test", ""},
                      "t",
                      events,
                      {}};
    LocalRegistry registry;
    ScriptedHttp registry_http{std::ref(registry)};
    RegistryClient client{registry_http, "r.example.test", {}, {}, events, {}};
};

}  // namespace

TEST_CASE("an image becomes a revision of the resource, in the order that the store wants") {
    World world;
    world.reviews = {{{"status", "pending"}}, {{"status", "approved"}, {"revision", 7}, {"errors", nullptr}}};
    const auto done = get(world.publish());
    CHECK(done.revision == 7);
    CHECK(done.is_new);
    CHECK(done.released.empty());
    CHECK(done.digest == world.image->root().digest);
    CHECK(world.http.lines() ==
          std::vector<std::string>{
              "GET /v1/tokens/whoami", "GET /v1/charm/demo/resources", "GET " + resource + "/revisions",
              "GET " + resource + "/oci-image/upload-credentials", "POST " + resource + "/oci-image/blob",
              "POST /unscanned-upload/", "POST " + resource + "/revisions", "GET /review", "GET /review"});
    CHECK(get(world.registry.storage().manifest("charm/x/app-image", done.digest.str())));
    const auto asked = world.http.asked();
    CHECK(asked[5].body.find(world.blob_text()) != std::string::npos);
    CHECK(Json::parse(asked[6].body)["bases"][0]["architectures"] == Json{"amd64"});
}

TEST_CASE("what the store has already is not sent again") {
    World world;
    get(world.publish());
    const auto before = world.http.asked().size();
    auto again = get(world.publish());
    CHECK(again.revision == 7);
    CHECK_FALSE(again.is_new);
    CHECK(world.http.asked().size() == before + 3);
    world.notes.clear();  // another machine: the registry and the revisions tell
    again = get(world.publish());
    CHECK(again.revision == 7);
    CHECK_FALSE(again.is_new);
    CHECK(world.http.count("POST /unscanned-upload/") == 1);
}

TEST_CASE("a release takes the charm's revision from the channel, and says what the store said") {
    World world;
    const auto done = get(world.release("edge"));
    CHECK(done.released == std::vector<std::string>{"edge"});
    const auto body = Json::parse(world.http.asked().back().body);
    CHECK(body == Json::parse(R"([{"revision":14,"channel":"edge","resources":[{"name":"app-image","revision":7}]}])"));
    const auto none = world.release("2.0/stable");
    REQUIRE(code_of(none) == "RB1622");
    CHECK(none.error().exit == ExitCode::usage);
}

TEST_CASE("what else a release needs and the channel has not goes with it, as its newest revision") {
    World world;
    const PublishWish wish{.charm = "demo",
                           .resource = "app-image",
                           .channels = {get(Channel::parse("2.0/stable")), get(Channel::parse("edge"))},
                           .charm_revision = 3};
    const auto none = world.publish(wish);
    REQUIRE(code_of(none) == "RB1626");
    CHECK(none.error().message.find("'data'") != std::string::npos);
    CHECK(world.registry_http.asked().empty());
    for (const auto revision : {2, 11, 4}) world.others.push_back({{"revision", revision}, {"sha256", "x"}});
    CHECK(get(world.publish(wish)).released == std::vector<std::string>{"edge", "2.0/stable"});
    std::vector<Json> bodies;
    for (const auto& asked : world.http.asked())
        if (asked.method == "POST" && asked.path == "/v1/charm/demo/releases")
            bodies.push_back(Json::parse(asked.body));
    REQUIRE(bodies.size() == 2);
    CHECK(bodies[0][0]["resources"] == Json::parse(R"([{"name":"app-image","revision":7}])"));
    CHECK(bodies[1][0]["resources"] ==
          Json::parse(R"([{"name":"app-image","revision":7},{"name":"data","revision":11}])"));
    world.declared =
        R"({"resources":[{"name":"app-image","type":"oci-image"},{"name":"data","type":"file","optional":true}]})";
    world.others.clear();
    CHECK(get(world.publish(wish)).released.size() == 2);
}

TEST_CASE("a dry run changes nothing") {
    World world;
    const auto done = get(world.release("edge", true));
    CHECK_FALSE(done.revision);
    for (const auto& asked : world.http.asked()) CHECK(asked.method == "GET");
    CHECK(world.registry_http.asked().empty());
    CHECK(world.notes.empty());
    CHECK(world.events.count("would") == 2);
}

TEST_CASE("what can't be is refused before anything is sent") {
    const auto code = [](World& world, const PublishWish& wish) {
        const auto result = world.publish(wish);
        for (const auto& asked : world.http.asked()) CHECK(asked.method == "GET");
        CHECK(world.registry_http.asked().empty());
        return code_of(result);
    };
    World world;
    CHECK(code(world, {.charm = "demo", .resource = "app-imag"}) == "RB1620");
    CHECK(world.publish({.charm = "demo", .resource = "app-imag"}).error().suggestions.at(0) == "app-image");
    CHECK(code(world, {.charm = "demo", .resource = "data"}) == "RB1620");
    for (const std::string account :
         {R"({"account":{},"permissions":["package-view"]})",
          R"({"account":{},"permissions":["package-manage"],"packages":[{"type":"charm","name":"other"}]})"}) {
        World limited;
        limited.account = account;
        CHECK(code(limited, {.charm = "demo", .resource = "app-image"}) == "RB1623");
    }
    World odd("sparc64");
    CHECK(code(odd, {.charm = "demo", .resource = "app-image"}) == "RB1621");
}

TEST_CASE("architectures have Charmhub's names") {
    for (const auto& [oci, charm] : {std::pair{"arm", "armhf"}, {"ppc64le", "ppc64el"}, {"s390x", "s390x"}}) {
        World world(oci);
        get(world.publish());
        for (const auto& asked : world.http.asked())
            if (asked.line() == "POST " + resource + "/revisions")
                CHECK(Json::parse(asked.body)["bases"][0]["architectures"] == Json{charm});
    }
}

TEST_CASE("a login for this charm by its id is not refused") {
    World world;
    world.account = R"({"account":{},"permissions":["package-manage"],"packages":[{"type":"charm","id":"aB3"}]})";
    CHECK(world.publish());
}

TEST_CASE("a review that rejects says why, and one that takes long is waited for by the next run") {
    World world;
    world.reviews = {{{"status", "rejected"}, {"errors", {{{"code", "c"}, {"message", "too big"}}}}}};
    const auto rejected = world.publish();
    REQUIRE(code_of(rejected) == "RB1624");
    REQUIRE(rejected.error().notes.size() == 1);
    CHECK(rejected.error().notes[0].message == "too big [c]");

    World slow;
    slow.reviews = {{{"status", "waiting"}}, {{"status", "waiting"}}};
    const auto late = slow.publish({.charm = "demo", .resource = "app-image", .timeout = 0});
    REQUIRE(code_of(late) == "RB1625");
    CHECK(late.error().exit == ExitCode::remote_timeout);
    slow.reviews.clear();
    CHECK(get(slow.publish()).revision == 7);
    CHECK(slow.http.count("POST /unscanned-upload/") == 1);
}

TEST_CASE("a login that soon ends is said") {
    World world;
    world.account = R"({"account":{},"permissions":["package-manage"],"expires":"1970-01-01T00:02:00.000"})";
    get(world.publish({.charm = "demo", .resource = "app-image", .now = 60}));
    CHECK(world.events.count("60 s") == 1);
}
