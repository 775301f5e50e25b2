#include "registry/charmhub/store_client.hpp"

#include "fakes/events.hpp"
#include "fakes/scripted_http.hpp"
#include "unit/image/fixture.hpp"

#include <nlohmann/json.hpp>

using namespace rockbuild;
using namespace rockbuild::test;
using fakes::HttpAsked;
using fakes::HttpReply;
using fakes::ScriptedHttp;
using Json = nlohmann::json;

namespace {

// Made with pymacaroons; see macaroon_test.cpp.
const std::string root =
    "MDAxZWxvY2F0aW9uIGFwaS5leGFtcGxlLnRlc3QKMDAxNmlkZW50aWZpZXIgcm9vdC0xCjAwMTljaWQgdGltZS1iZWZvcmUgMjAzMQowMDEzY2lkIG"
    "N"
    "hdmVhdC1vbmUKMDA1MXZpZCBGiVH9sKress-GcamHhfSYuRow8avTKrHUr67z2tSFy0YQ3rcml0uTakA52N_gQuEeu62mIqo-"
    "9cgGXwM6JUQHWqcLqu4"
    "EolkKMDAxOGNsIHNzby5leGFtcGxlLnRlc3QKMDAyZnNpZ25hdHVyZSBB9Yfgy0kJNq1KlmA3VhY3McZDImZpc0BETLLPhe5hQwo";
const std::string discharge =
    "MDAxZWxvY2F0aW9uIHNzby5leGFtcGxlLnRlc3QKMDAxYWlkZW50aWZpZXIgY2F2ZWF0LW9uZQowMDE0Y2lkIGFjY291bnQgYWRhCjAwMmZzaWduYX"
    "R"
    "1cmUg-IdCr0IUPl_sVBLsHTMFmjqZHUtofX5Bw_833iirXtoK";
const std::string bound =
    "MDAxZWxvY2F0aW9uIHNzby5leGFtcGxlLnRlc3QKMDAxYWlkZW50aWZpZXIgY2F2ZWF0LW9uZQowMDE0Y2lkIGFjY291bnQgYWRhCjAwMmZzaWduYX"
    "R"
    "1cmUg8OkMFS7lWJQ4bDzyv68qy1Tmw0oETehW_bmWDcGMlIUK";

struct Charmhub {
    explicit Charmhub(ScriptedHttp::Script script) : http(std::move(script)) {
        get(client.use({"Macaroon token", {}, {}}));
    }
    ScriptedHttp http;
    fakes::KeptEvents events;
    StoreClient client{http,
                       {"https://api.example.test", "https://storage.example.test", "https://sso.example.test", ""},
                       "rockbuild/test",
                       events,
                       {}};
};

HttpReply json(const std::string& text, int status = 200) { return {status, {}, text}; }

HttpReply sign_on(const HttpAsked& asked, const std::string& one_time_password = {}) {
    if (asked.path == "/v1/tokens/usso") return json(Json{{"macaroon", root}}.dump());
    if (asked.path == "/v1/tokens/usso/exchange") return json(R"({"macaroon":"store-token"})");
    const auto body = Json::parse(asked.body);
    if (!one_time_password.empty() && body.value("otp", "") != one_time_password)
        return json(
            R"({"code":"TWOFACTOR_REQUIRED","error_list":[{"code":"twofactor-required","message":"OTP required"}]})",
            401);
    return json(Json{{"discharge_macaroon", discharge}}.dump());
}

}  // namespace

TEST_CASE("the sign-on is three requests, and the discharge goes bound") {
    Charmhub store([](const HttpAsked& asked) { return sign_on(asked); });
    LoginWish wish{
        .permissions = {"package-manage"}, .charms = {"demo"}, .channels = {"edge"}, .ttl = 3600, .client = "us"};
    CHECK(get(store.client.login("ada@example.test", "pw", wish, {})) == "store-token");
    const auto asked = store.http.asked();
    REQUIRE(asked.size() == 3);
    CHECK(asked[0].url == "https://api.example.test/v1/tokens/usso");
    CHECK(Json::parse(asked[0].body) == Json::parse(
                                            R"({"permissions":["package-manage"],"ttl":3600,
                "packages":[{"type":"charm","name":"demo"}],"channels":["edge"]})"));
    CHECK(asked[0].header("authorization").empty());
    CHECK(asked[1].url == "https://sso.example.test/api/v2/tokens/discharge");
    CHECK(Json::parse(asked[1].body) ==
          Json::parse(R"({"email":"ada@example.test","password":"pw","caveat_id":"caveat-one"})"));
    CHECK(asked[1].header("authorization").empty());
    CHECK(asked[2].header("authorization") == "Macaroon root=" + root + ", discharge=" + bound);
    CHECK(Json::parse(asked[2].body) == Json{{"client-description", "us"}});
}

TEST_CASE("a second factor is asked once, and all begins anew with it") {
    Charmhub store([](const HttpAsked& asked) { return sign_on(asked, "123456"); });
    int asked = 0;
    const auto otp = [&]() -> Result<std::string> {
        ++asked;
        return "123456";
    };
    CHECK(get(store.client.login("a", "b", {}, otp)) == "store-token");
    CHECK(asked == 1);
    CHECK(store.http.count("POST /v1/tokens/usso") == 2);
    Charmhub wrong([](const HttpAsked& request) { return sign_on(request, "654321"); });
    const auto refused = wrong.client.login("a", "b", {}, otp);
    REQUIRE(code_of(refused) == "RB1601");
    CHECK(refused.error().message.find("OTP required") != std::string::npos);
    Charmhub bare([](const HttpAsked& request) {
        return request.path == "/api/v2/tokens/discharge" && request.body.find("otp") == std::string::npos
                   ? json(R"({"code":"TWOFACTOR_REQUIRED"})", 401)
                   : sign_on(request);
    });
    CHECK(get(bare.client.login("a", "b", {}, otp)) == "store-token");
}

TEST_CASE("a pair is exchanged before it is used, anything else is sent as it is") {
    Charmhub store([](const HttpAsked& asked) { return sign_on(asked); });
    get(store.client.use({{}, root, discharge}));
    CHECK(store.http.asked().at(0).header("authorization") == "Macaroon root=" + root + ", discharge=" + bound);
    Charmhub plain([](const auto&) { return json(R"({"account":{"username":"ada"}})"); });
    CHECK(get(plain.client.whoami()).username == "ada");
    CHECK(plain.http.asked().at(0).header("authorization") == "Macaroon token");
    CHECK(plain.http.asked().at(0).header("user-agent") == "rockbuild/test");
}

TEST_CASE("who is logged in") {
    Charmhub store([](const auto&) {
        return json(R"({"account":{"id":"aB3","username":"ada","display-name":"Ada L","email":"a@example.com"},
            "permissions":["package-manage"],"packages":null,"channels":["edge"],
            "expires":"2031-02-03T04:05:06.000"})");
    });
    const auto account = get(store.client.whoami());
    CHECK(account.name == "Ada L");
    CHECK(account.id == "aB3");
    CHECK(account.permissions == std::vector<std::string>{"package-manage"});
    CHECK_FALSE(account.packages);
    CHECK(account.channels == std::vector<std::string>{"edge"});
    CHECK(account.expires == "2031-02-03T04:05:06.000");
}

TEST_CASE("each call is the request that charmcraft sends") {
    Charmhub store([](const HttpAsked& asked) -> HttpReply {
        if (asked.path.ends_with("/resources"))
            return json(
                R"({"resources":[{"name":"app-image","type":"oci-image","optional":false,"revision":3},
                    {"name":"f","type":"file"}]})");
        if (asked.path.ends_with("upload-credentials"))
            return json(
                R"({"image-name":"r.example.test:5000/charm/x/app-image",
                    "username":"robot1","password":"pw:with:colons"})");
        if (asked.path.ends_with("/oci-image/blob"))
            return json("{\"ImageName\":\"r/x@" + hash_of("x").str() + "\"}\n ");
        if (asked.path == "/unscanned-upload/") return json(R"({"successful":true,"upload_id":"c0ffee-01"})");
        if (asked.method == "POST" && asked.path.ends_with("/revisions"))
            return json(R"({"status-url":"/v1/charm/demo/revisions/review?upload-id=c0ffee-01"})");
        if (asked.path.ends_with("/review"))
            return json(
                R"({"revisions":[{"upload-id":"c0ffee-01","status":"rejected","revision":7,
                    "errors":[{"code":null,"message":"bad"},{"code":"c","message":"worse"}]}]})");
        if (asked.path.ends_with("/app-image/revisions"))
            return json(
                R"({"revisions":[{"name":"app-image","revision":7,"size":181,"created-at":"2030",
                    "sha256":"ab","bases":[{"name":"all","architectures":["amd64"]},null]}]})");
        if (asked.method == "POST") return json(R"({"released":[{"channel":"2.0/edge","revision":14}]})");
        return json(
            R"({"channel-map":[{"channel":"latest/edge","revision":14},{"channel":"2/edge","revision":null}]})");
    });
    const auto resources = get(store.client.resources("demo"));
    REQUIRE(resources.size() == 2);
    CHECK(resources[0].type == "oci-image");
    CHECK(resources[0].revision == 3);
    CHECK_FALSE(resources[1].revision);
    const auto credentials = get(store.client.upload_credentials("demo", "app-image"));
    CHECK(credentials.password == "pw:with:colons");
    CHECK(get(store.client.image_blob("demo", "app-image", hash_of("x"))) ==
          "{\"ImageName\":\"r/x@" + hash_of("x").str() + "\"}\n ");
    CHECK(get(store.client.upload("image-resource.json", "content\r\n--x")) == "c0ffee-01");
    const auto url = get(store.client.push_resource("demo", "app-image", "c0ffee-01", {"amd64", "arm64"}));
    const auto review = get(store.client.review(url));
    CHECK(review.status == "rejected");
    CHECK(review.revision == 7);
    CHECK(review.errors == std::vector<std::string>{"bad", "worse [c]"});
    const auto revisions = get(store.client.resource_revisions("demo", "app-image"));
    REQUIRE(revisions.size() == 1);
    CHECK(revisions[0].revision == 7);
    CHECK(revisions[0].architectures == std::vector<std::string>{"amd64"});
    const auto releases = get(store.client.releases("demo"));
    REQUIRE(releases.size() == 2);
    CHECK(releases[0].revision == 14);
    CHECK_FALSE(releases[1].revision);
    CHECK(get(store.client.release("demo", 14, {"2.0/edge"}, {{"app-image", 7}})) ==
          std::vector<std::string>{"2.0/edge"});

    const auto asked = store.http.asked();
    CHECK(store.http.lines() ==
          std::vector<std::string>{
              "GET /v1/charm/demo/resources", "GET /v1/charm/demo/resources/app-image/oci-image/upload-credentials",
              "POST /v1/charm/demo/resources/app-image/oci-image/blob", "POST /unscanned-upload/",
              "POST /v1/charm/demo/resources/app-image/revisions", "GET /v1/charm/demo/revisions/review",
              "GET /v1/charm/demo/resources/app-image/revisions", "GET /v1/charm/demo/releases",
              "POST /v1/charm/demo/releases"});
    CHECK(Json::parse(asked[2].body) == Json{{"image-digest", hash_of("x").str()}});
    CHECK(asked[3].url == "https://storage.example.test/unscanned-upload/");
    const auto type = asked[3].header("content-type");
    REQUIRE(type.starts_with("multipart/form-data; boundary="));
    const auto boundary = type.substr(type.find('=') + 1);
    CHECK(asked[3].body ==
          "--" + boundary +
              "\r\nContent-Disposition: form-data; name=\"binary\"; filename=\"image-resource.json\"\r\n"
              "Content-Type: application/octet-stream\r\n\r\ncontent\r\n--x\r\n--" +
              boundary + "--\r\n");
    CHECK(Json::parse(asked[4].body) == Json::parse(R"({"upload-id":"c0ffee-01","type":"oci-image",
        "bases":[{"name":"all","channel":"all","architectures":["amd64","arm64"]}]})"));
    CHECK(asked[5].query == "upload-id=c0ffee-01");
    CHECK(Json::parse(asked[8].body) ==
          Json::parse(R"([{"revision":14,"channel":"2.0/edge","resources":[{"name":"app-image","revision":7}]}])"));
    for (const auto& one : asked) CHECK(one.header("authorization") == "Macaroon token");
}

TEST_CASE("the text that stands for an image must be about that image") {
    Charmhub store([](const auto&) { return json("{\"ImageName\":\"r/x@" + hash_of("y").str() + "\"}"); });
    CHECK(code_of(store.client.image_blob("demo", "app-image", hash_of("x"))) == "RB1607");
}

TEST_CASE("each refusal has its code, its words and its end") {
    const std::string body = R"({"error-list":[{"code":"resource-not-found","message":"no such resource"}]})";
    for (const auto& [status, code, exit] : {std::tuple{401, "RB1601", ExitCode::not_allowed},
                                             {403, "RB1602", ExitCode::not_allowed},
                                             {404, "RB1603", ExitCode::failure},
                                             {400, "RB1606", ExitCode::failure},
                                             {409, "RB1606", ExitCode::failure}}) {
        for (const auto& text : {body, std::string(R"({"error_list":[{"code":null,"message":"no such resource"}]})"),
                                 std::string("<html>")}) {
            Charmhub store([&, status = status](const auto&) { return json(text, status); });
            const auto refused = store.client.resources("demo");
            REQUIRE(code_of(refused) == code);
            CHECK(refused.error().exit == exit);
            CHECK(refused.error().message.find(text == "<html>" ? "HTTP" : "no such resource") != std::string::npos);
            CHECK(store.http.asked().size() == 1);
        }
    }
    Charmhub missing([&](const auto&) { return json(body, 404); });
    const auto refused = missing.client.upload_credentials("demo", "x");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().hint.find("charmcraft.yaml") != std::string::npos);
}

TEST_CASE("a fault that stays is told as the store's, not as the user's") {
    for (const auto& [status, code] : {std::pair{429, "RB1604"}, {503, "RB1605"}}) {
        Charmhub store([status = status](const auto&) { return HttpReply{status, {{"retry-after", "0"}}}; });
        const auto refused = store.client.resources("demo");
        REQUIRE(code_of(refused) == code);
        CHECK(refused.error().exit == ExitCode::remote_timeout);
        CHECK(store.http.asked().size() > 1);
    }
}

TEST_CASE("a fault that passes is asked again") {
    Charmhub store([](const HttpAsked& asked) {
        return asked.nth == 0 ? HttpReply{503, {{"retry-after", "0"}}} : json(R"({"resources":[]})");
    });
    CHECK(get(store.client.resources("demo")).empty());
    CHECK(store.http.asked().size() == 2);
}

TEST_CASE("answers that can't be understood are refused as such") {
    for (const std::string body : {"", "x", "[]", "{}", R"({"revisions":7,"resources":{}})"}) {
        Charmhub store([&](const auto&) { return json(body); });
        CHECK(code_of(store.client.whoami()) == "RB1607");
        CHECK(code_of(store.client.resources("d")) == "RB1607");
        CHECK(code_of(store.client.resource_revisions("d", "r")) == "RB1607");
        CHECK(code_of(store.client.upload_credentials("d", "r")) == "RB1607");
        CHECK(code_of(store.client.push_resource("d", "r", "u", {"amd64"})) == "RB1607");
        CHECK(code_of(store.client.review("/x")) == "RB1607");
        CHECK(code_of(store.client.releases("d")) == "RB1607");
        CHECK(code_of(store.client.upload("n", "c")) == "RB1606");
    }
    for (const std::string odd : {R"({"revisions":[]})", R"({"revisions":[{},{}]})"}) {
        Charmhub store([&](const auto&) { return json(odd); });
        CHECK(code_of(store.client.review("/x")) == "RB1607");
    }
    for (const std::string odd : {R"({"revisions":[7],"resources":[7,null],"channel-map":[7,"x",{"revision":"7"}]})",
                                  R"({"account":7,"permissions":[7,null,{}],"packages":7})"}) {
        Charmhub store([&](const auto&) { return json(odd); });
        (void)store.client.whoami();
        (void)store.client.resources("d");
        (void)store.client.resource_revisions("d", "r");
        (void)store.client.review("/x");
        (void)store.client.releases("d");
    }
}
