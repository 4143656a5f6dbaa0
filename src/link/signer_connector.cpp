#include "link/signer_connector.hpp"

#include "base/ensure.hpp"

#include <variant>

#include <boost/json.hpp>

namespace keepline::link {

namespace {

class signer_connector final : public port::connector {
 public:
    signer_connector(std::shared_ptr<const signing_keys> key, std::string operator_name, bool sandbox)
        : key_(std::move(key)), operator_(std::move(operator_name)), sandbox_(sandbox) {}

    result<port::delivered> deliver(const port::outbound& what) override {
        const auto* wanted = std::get_if<domain::sign_certificate>(&what.what);
        ENSURE(wanted != nullptr);
        port::delivered out;
        out.answer = domain::certificate_signed{wanted->closure, key_->sign(with_operator(wanted->claims.text))};
        return out;
    }

 private:
    /// Whose statement it is; the core knows no operator.
    std::string with_operator(const std::string& claims) const {
        if (!claims.starts_with('{')) return claims;
        std::string first = sandbox_ ? "\"sandbox\":true," : "";
        if (!operator_.empty()) first += "\"operator\":" + boost::json::serialize(boost::json::string(operator_)) + ",";
        return "{" + first + claims.substr(1);
    }

    std::shared_ptr<const signing_keys> key_;
    std::string operator_;
    bool sandbox_;
};

}  // namespace

std::unique_ptr<port::connector> make_signer_connector(std::shared_ptr<const signing_keys> key,
                                                       std::string operator_name, bool sandbox) {
    ENSURE(key != nullptr);
    return std::make_unique<signer_connector>(std::move(key), std::move(operator_name), sandbox);
}

}  // namespace keepline::link
