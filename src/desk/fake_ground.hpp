// What the desk stands on, faked: the committed policies and calendars, an engine without threads, tokens and vaults in
// memory. For tests and fuzzing.
#pragma once

#include "desk/parts.hpp"
#include "desk/roles.hpp"
#include "domain/calendar.hpp"
#include "engine/fake_front.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>

namespace keepline::desk {

class fake_tokens final : public port::token_store {
 public:
    result<std::optional<port::token_record>> find(std::string_view digest) override {
        const std::scoped_lock held(mutex_);
        ++looked_up;
        if (trouble) return std::unexpected(*trouble);
        for (const auto& one : all_)
            if (one.digest == digest) return one;
        return std::nullopt;
    }
    result<void> add(const port::token_record& token) override {
        const std::scoped_lock held(mutex_);
        all_.push_back(token);
        return {};
    }
    result<std::vector<port::token_record>> all() override {
        const std::scoped_lock held(mutex_);
        return all_;
    }
    result<int> revoke(bool customer, std::string_view holder, instant at) override {
        const std::scoped_lock held(mutex_);
        int revoked = 0;
        for (auto& one : all_)
            if (one.who.id.text() == holder && !one.revoked_at &&
                (one.who.as == domain::role::subscriber) == customer) {
                one.revoked_at = at;
                ++revoked;
            }
        return revoked;
    }

    result<void> take_up(const port::token_record& token) override {
        const std::scoped_lock held(mutex_);
        for (auto& one : all_)
            if (one.digest == token.digest) one = token;
        return {};
    }
    result<std::vector<port::token_record>> not_in_journal() override { return std::vector<port::token_record>(); }

    std::optional<base::error> trouble;
    int looked_up = 0;

 private:
    std::mutex mutex_;
    std::vector<port::token_record> all_;
};

/// Keeps what was logged, to look for what must not be there.
class fake_log final : public port::log {
 public:
    void write(port::log_level, std::string_view event, std::string_view correlation,
               std::initializer_list<port::log_field> fields) override {
        const std::scoped_lock held(mutex_);
        text_.append(event).append(" ").append(correlation);
        for (const auto& one : fields) text_.append(" ").append(one.name).append("=").append(one.value);
        text_ += '\n';
    }
    std::string text() const {
        const std::scoped_lock held(mutex_);
        return text_;
    }

 private:
    mutable std::mutex mutex_;
    std::string text_;
};

inline std::string text_of_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

inline std::shared_ptr<const domain::rule_book> committed_rules() {
    const std::filesystem::path root(KEEPLINE_SOURCE_DIR);
    domain::rule_book book;
    std::vector<domain::policy_source> sources;
    for (const auto& one : std::filesystem::directory_iterator(root / "policies"))
        if (one.path().extension() == ".toml") sources.push_back({one.path().stem().string(), text_of_file(one)});
    if (auto loaded = domain::load_policies(sources)) book.policies = std::move(*loaded);
    std::vector<domain::calendar> calendars;
    for (const auto& one : std::filesystem::directory_iterator(root / "calendars"))
        if (one.path().extension() == ".json")
            if (auto loaded = domain::load_calendar(text_of_file(one))) calendars.push_back(std::move(*loaded));
    book.calendars = domain::calendar_book(std::move(calendars));
    book.zones = domain::zone_book({{"Asia/Shanghai", base::zone("Asia/Shanghai", {{{}, 8 * 3600}})}});
    return std::make_shared<const domain::rule_book>(std::move(book));
}

struct fake_ground {
    explicit fake_ground(std::shared_ptr<const domain::rule_book> rules = committed_rules())
        : core(clock, std::move(rules)) {}

    parts stood_on(esim_service* smdp = nullptr) {
        parts out;
        out.core = &core;
        out.vault = &vault;
        out.documents = &documents;
        out.tokens = &tokens;
        out.secrets = &secrets;
        out.random = &random;
        out.clock = &clock;
        out.log = &log;
        out.jwks = [] { return std::string(R"({"keys":[]})"); };
        out.troubles = [this] { return troubles; };
        out.smdp = smdp;
        return out;
    }

    /// Bound to all that its role may ever speak through.
    static std::vector<domain::channel> every_channel(domain::role role) {
        const auto open = channels_open_to(role);
        return {open.begin(), open.end()};
    }
    void give_token(std::string_view token, domain::role role, std::string_view holder,
                    std::optional<instant> expires = {}) {
        (void)tokens.add({secrets.keyed_digest("token", "", token),
                          {role, base::label::trusted(std::string(holder))},
                          "",
                          clock.now(),
                          expires,
                          {},
                          every_channel(role),
                          {},
                          domain::token_origin::admins,
                          true});
    }
    /// One of each role, by its name, and two customers: "customer" (sub-1) and "stranger" (sub-2).
    void give_tokens() {
        for (const auto role : {domain::role::agent, domain::role::reviewer, domain::role::admin, domain::role::system})
            give_token(boost::describe::enum_to_string(role, ""), role, boost::describe::enum_to_string(role, ""));
        give_token("customer", domain::role::subscriber, "sub-1");
        give_token("stranger", domain::role::subscriber, "sub-2");
    }

    port::fake_clock clock{{1'795'305'600'000}};  // 2026-11-22T00:00:00Z
    port::fake_random random{7};
    port::fake_vault vault;
    port::fake_documents documents;
    port::secrets secrets{base::sha256(base::view("a secret for tests"))};
    fake_tokens tokens;
    fake_log log;
    std::vector<peer_trouble> troubles;
    engine::fake_front core;
};

}  // namespace keepline::desk
