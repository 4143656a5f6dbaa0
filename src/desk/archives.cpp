#include "desk/archives.hpp"

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

/// An archive on its way, with its places.
class packed final : public archive_on_its_way, public std::enable_shared_from_this<packed> {
 public:
    packed(base::aside& where, std::unique_ptr<archive_stream> what, archive_places places)
        : where_(where), what_(std::move(what)), places_(std::move(places)) {}

    const std::string& manifest_digest() const override { return what_->manifest_digest(); }
    void next(std::function<void(piece)> then) override {
        const bool taken = where_.post([me = shared_from_this(), then] { then(me->made()); });
        if (!taken) then(std::nullopt);
    }

 private:
    piece made() {
        piece out;
        try {
            if (auto some = what_->next()) out = std::move(*some);
        } catch (const std::exception&) {  // out of memory, say
        }
        if (!out || out->empty()) places_.reset();  // before whoever has it all may ask for another
        return out;
    }
    base::aside& where_;
    std::unique_ptr<archive_stream> what_;
    std::optional<archive_places> places_;
};

}  // namespace

result<archive_places> take_archive_places(services& of, const std::string& subscriber) {
    auto own = of.archives_of_one.enter(subscriber);
    if (!own)
        return refuse(code::too_many,
                      "An archive of this subscriber is being fetched just now; wait until it is there.");
    auto any = of.archives_in_all.enter("");
    if (!any) return refuse(code::overloaded, "Many archives are being fetched just now; try again soon.");
    return archive_places{std::move(*own), std::move(*any)};
}

archive_told on_its_way(base::aside& where, std::unique_ptr<archive_stream> what, archive_places places) {
    return std::make_shared<packed>(where, std::move(what), std::move(places));
}

}  // namespace keepline::desk
