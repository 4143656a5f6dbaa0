#include "link/signer_connector.hpp"

#include "base/ensure.hpp"

#include <variant>

namespace keepline::link {

namespace {

class signer_connector final : public port::connector {
 public:
    explicit signer_connector(std::shared_ptr<const signing_keys> key) : key_(std::move(key)) {}

    result<port::delivered> deliver(const port::outbound& what) override {
        const auto* wanted = std::get_if<domain::sign_certificate>(&what.what);
        ENSURE(wanted != nullptr);
        port::delivered out;
        out.answer = domain::certificate_signed{wanted->closure, key_->sign(wanted->claims.text)};
        return out;
    }

 private:
    std::shared_ptr<const signing_keys> key_;
};

}  // namespace

std::unique_ptr<port::connector> make_signer_connector(std::shared_ptr<const signing_keys> key) {
    ENSURE(key != nullptr);
    return std::make_unique<signer_connector>(std::move(key));
}

}  // namespace keepline::link
