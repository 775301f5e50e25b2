// The keys of services and checks, as rockcraft takes them: some of what Pebble knows is not among them
// (spec/rockcraft-yaml.md §5).
#include "project/language.hpp"

namespace rockbuild {

namespace {

const TextRule web_rule{R"(^[hH][tT][tT][pP][sS]?://[^/?#:]+(:[0-9]*)?([/?#][\s\S]*)?$)",
                        "is no address for an http check", "write http://HOST or https://HOST"};

const Synonyms service_synonyms{
    {"cmd", "write command"},
    {"cwd", "write working-dir"},
    {"daemon", "leave it out: services run in the foreground"},
    {"depends-on", "write requires or after"},
    {"entrypoint", "write command"},
    {"env", "write environment"},
    {"exec", "write command"},
    {"gid", "write group-id"},
    {"healthcheck", "write checks at the top of the file, and on-check-failure here"},
    {"image", "a service is a process of the image: write command"},
    {"port", "a service's port isn't declared: a check may watch it"},
    {"ports", "a service's port isn't declared: a check may watch it"},
    {"refresh-mode", "services have none: leave it out"},
    {"restart", "write on-failure"},
    {"restart-condition", "write on-failure"},
    {"run", "write command"},
    {"stop-timeout", "write kill-delay"},
    {"uid", "write user-id"},
    {"volumes", "volumes aren't declared in a rock: whoever runs it mounts them"},
    {"workdir", "write working-dir"},
    {"working-directory", "write working-dir"},
    {"workload", "Pebble knows workloads, a project file has none: give user and group here"},
};

const Synonyms check_synonyms{
    {"command", "write exec, with the command in it"},
    {"failures", "write threshold"},
    {"host", "write tcp, with the host in it"},
    {"interval", "write period"},
    {"port", "write tcp, with the port in it"},
    {"retries", "write threshold"},
    {"startup", "Pebble knows it, a project file doesn't: leave it out"},
    {"test", "write exec, with the command in it"},
    {"type", "a check is of the kind that it has: http, tcp or exec"},
    {"url", "write http, with the url in it"},
};

KeyShape needed(KeyShape key, std::string_view cure) {
    key.required = true;
    key.cure = cure;
    return key;
}

Shape policy() { return one_of({"merge", "replace"}); }
Shape failure_action() { return one_of({"restart", "shutdown", "success-shutdown", "ignore"}); }

ObjectShape make_service_shape() {
    ObjectShape shape;
    shape.keys = {
        {"summary", text(), "What it is, in one line."},
        {"description", text(), "What it is for."},
        {"startup", one_of({"enabled", "disabled"}), "Whether it starts with the container."},
        needed({"override", policy(), "What a later layer's service of this name is to an earlier one."},
               "write `override: replace`"),
        needed({"command", text(), "The program to run, in the foreground; default arguments in [ ] at the end."},
               "write the program to run, in the foreground"),
        {"after", list_of(text()), "Services that start before it."},
        {"before", list_of(text()), "Services that start after it."},
        {"requires", list_of(text()), "Services that are started with it."},
        {"environment", map_of(text()), "Variables for its process."},
        {"user-id", integer(0), "The user it runs as, by number."},
        {"user", text(), "The user it runs as."},
        {"group-id", integer(0), "The group it runs as, by number."},
        {"group", text(), "The group it runs as."},
        {"working-dir", text(), "The folder it runs in."},
        {"on-success", one_of({"restart", "shutdown", "failure-shutdown", "ignore"}),
         "What happens when it ends well."},
        {"on-failure", failure_action(), "What happens when it fails."},
        {"on-check-failure", map_of(failure_action()), "What happens when a check fails."},
        {"backoff-delay", text(), "How long the first restart waits: 500ms."},
        {"backoff-factor", number(1), "What each further wait is multiplied with."},
        {"backoff-limit", text(), "How long a restart waits at most."},
        {"kill-delay", text(), "How long it has to end before it is killed."},
    };
    shape.noun = "service";
    shape.synonyms = service_synonyms;
    return shape;
}

const ObjectShape& http_shape() {
    static const ObjectShape shape{
        {},
        Spelling::kebab_or_snake,
        {needed({"url", ruled(web_rule), "What is asked."}, "say what is checked: add `url`"),
         {"headers", map_of(text()), "Headers of the request."}}};
    return shape;
}

const ObjectShape& tcp_shape() {
    static const ObjectShape shape{
        {},
        Spelling::kebab_or_snake,
        {needed({"port", integer(1, 65535), "The port that is to be open."}, "say what is checked: add `port`"),
         {"host", text(), "The host, if not this one."}}};
    return shape;
}

const ObjectShape& exec_shape() {
    static const ObjectShape shape{
        {},
        Spelling::kebab_or_snake,
        {needed({"command", text(), "The program that is to end well."}, "say what is checked: add `command`"),
         {"service-context", text(), "The service whose user, folder and variables it has."},
         {"environment", map_of(text()), "Variables for its process."},
         {"user-id", integer(0), "The user it runs as, by number."},
         {"user", text(), "The user it runs as."},
         {"group-id", integer(0), "The group it runs as, by number."},
         {"group", text(), "The group it runs as."},
         {"working-dir", text(), "The folder it runs in."}}};
    return shape;
}

}  // namespace

const ObjectShape& service_shape() {
    static const auto shape = make_service_shape();
    return shape;
}

const ObjectShape& check_shape() {
    static const ObjectShape shape{
        "check",
        Spelling::kebab_or_snake,
        {needed({"override", policy(), "What a later layer's check of this name is to an earlier one."},
                "write `override: replace`"),
         {"level", one_of({"alive", "ready"}), "What it tells the health endpoint."},
         {"period", text(), "How often it is made: 10s."},
         {"timeout", text(), "How long one may take."},
         {"threshold", integer(1), "How many failures in a row count."},
         {"http", object_of(http_shape()), "A request that is to be answered with 2xx."},
         {"tcp", object_of(tcp_shape()), "A port that is to be open."},
         {"exec", object_of(exec_shape()), "A command that is to end with 0."}},
        {{KeyRule::Kind::one_of, {"http", "tcp", "exec"}, {}, "give it one of http, tcp, exec"}},
        check_synonyms};
    return shape;
}

}  // namespace rockbuild
