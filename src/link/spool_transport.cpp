#include "link/spool_transport.hpp"

#include "base/json.hpp"
#include "link/durable_file.hpp"
#include "link/spool_name.hpp"

namespace keepline::link {

namespace {

struct spooled {
    std::string key;
    std::string to;
    std::string text;
    base::instant at;
    bool operator==(const spooled&) const = default;
};
BOOST_DESCRIBE_STRUCT(spooled, (), (key, to, text, at))

class spool_transport final : public text_transport {
 public:
    spool_transport(spool_settings how, const port::clock& clock) : how_(std::move(how)), clock_(clock) {}

    result<handed_over> send(const text_message& what) override {
        const auto name = spool_name(what.key, what.subscriber, "json");
        handed_over done{"spool:" + what.key, false};
        if (file_exists(how_.folder + "/" + name) || file_exists(how_.folder + "/done/" + name)) return done;
        const auto json = base::to_json(spooled{what.key, what.to, what.text, clock_.now()}, base::form::api) + "\n";
        if (auto written = write_durably(how_.folder + "/tmp", how_.folder, name, json); !written)
            return base::refuse(base::code::peer_unreachable, "The spool cannot be written: " + written.error().words);
        return done;
    }

 private:
    spool_settings how_;
    const port::clock& clock_;
};

}  // namespace

result<std::unique_ptr<text_transport>> make_spool_transport(spool_settings how, const port::clock& clock) {
    for (const auto* part : {"", "/tmp", "/done"})
        if (auto made = make_folder(how.folder + part); !made)
            return base::refuse(base::code::config_invalid, made.error().words);
    return std::make_unique<spool_transport>(std::move(how), clock);
}

}  // namespace keepline::link
