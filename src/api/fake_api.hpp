// A whole API over fakes, and short ways to ask it as somebody. For tests and fuzzing.
#pragma once

#include "api/api.hpp"
#include "api/watch.hpp"
#include "desk/fake_ground.hpp"
#include "http/fake_exchange.hpp"

namespace keepline::api {

/// Asks with a token as the bearer; of what comes back, the parts that tests look at.
class fake_caller {
 public:
    explicit fake_caller(http::application& door) : door_(door) {}

    http::request request_of(std::string_view token, verb how, std::string target, std::string body = {}) {
        http::request in;
        in.how = how;
        in.target = std::move(target);
        in.peer = "127.0.0.1";
        if (!token.empty()) in.authorization = "Bearer " + std::string(token);
        if (how == verb::post) in.idempotency_key = "key-" + std::to_string(++keys_);
        if (!body.empty()) in.content_type = "application/json";
        in.body = std::move(body);
        return in;
    }
    response ask(http::request what) { return http::fake_exchange::ask(door_, std::move(what)); }
    response get(std::string_view token, std::string target) {
        return ask(request_of(token, verb::get, std::move(target)));
    }
    response post(std::string_view token, std::string target, std::string body = {}) {
        return ask(request_of(token, verb::post, std::move(target), std::move(body)));
    }

    /// A subscriber `sub-1` with a line on +8613800138000; its id.
    std::string import_line() {
        const auto done = post("system", "/v1/lines/import", import_text);
        return member(done, "id");
    }

    static std::string member(const response& of, std::string_view name) {
        boost::system::error_code failure;
        const auto value = boost::json::parse(of.body, failure);
        if (failure || !value.is_object()) return {};
        const auto* found = value.get_object().if_contains(name);
        if (found == nullptr) return {};
        return found->is_string() ? std::string(found->get_string()) : boost::json::serialize(*found);
    }
    static std::string code_of(const response& of) { return member(of, "code"); }
    static std::string header_of(const response& of, std::string_view name) { return http::header_of(of, name); }

    static constexpr std::string_view number = "+8613800138000";
    static constexpr const char* import_text = R"({"subscriber":{"id":"sub-1","language":"en",
        "person":{"full_name":"Wang Xiaoming","document_kind":"id-card","document_number":"110101199003070000",
                  "refund_iban":"6222020200000000006","refund_holder":"Wang Xiaoming"},
        "contacts":[{"id":"mail1","by":"mail","address":"wang@example.org","verified":true}]},
        "line":{"number":"+8613800138000","policy":"cn","since":"2020-01-01T00:00:00Z",
                "valid_until":"2027-06-01T00:00:00Z","balance":{"minor":1250,"currency":"CNY"},
                "profiles":[{"iccid":"89860012345678901238","imsi":"460001234567890","state":"enabled"}]}})";

 private:
    http::application& door_;
    int keys_ = 0;
};

class fake_api : public desk::fake_ground, public fake_caller {
 public:
    explicit fake_api(std::shared_ptr<const domain::rule_book> rules = desk::committed_rules())
        : fake_ground(std::move(rules)), fake_caller(door), at(stood_on()), door(at, {}) {
        give_tokens();
    }

    /// Of the listener of whoever runs it.
    response look(std::string target) {
        return http::fake_exchange::ask(watching, request_of("", verb::get, std::move(target)));
    }

    desk::desk at;
    api door;
    watch watching{door};
};

}  // namespace keepline::api
