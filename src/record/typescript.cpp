#include <duotty/record/schema.hpp>

namespace duotty::record {
namespace {

std::string scalar(const std::string& type) {
  if (type == "integer" || type == "number") return "number";
  if (type == "boolean") return "boolean";
  if (type == "null") return "null";
  return "string";
}

std::string object(const Json& schema, int indent) {
  if (schema.contains("additionalProperties")) {
    return "Record<string, " + typescript(schema["additionalProperties"], indent) + ">";
  }
  if (!schema.contains("properties") || schema["properties"].empty()) return "Record<string, never>";
  const std::string pad(static_cast<std::size_t>(indent) + 2, ' ');
  std::string out = "{\n";
  for (const auto& [name, property] : schema["properties"].items()) {
    if (property.contains("description")) {
      out += pad + "/** " + property["description"].get<std::string>() + " */\n";
    }
    const bool required = schema.contains("required") && std::find(schema["required"].begin(), schema["required"].end(),
                                                                   name) != schema["required"].end();
    out += pad + name + (required ? ": " : "?: ") + typescript(property, indent + 2) + ";\n";
  }
  return out + std::string(static_cast<std::size_t>(indent), ' ') + "}";
}

std::string of_type(const std::string& type, const Json& schema, int indent) {
  if (type == "array") {
    const std::string item = typescript(schema.value("items", Json::object()), indent);
    return "Array<" + item + ">";
  }
  if (type == "object") return object(schema, indent);
  return scalar(type);
}

}  // namespace

std::string typescript(const Json& schema, int indent) {
  if (schema.contains("enum")) {
    std::string out;
    for (const auto& word : schema["enum"]) out += (out.empty() ? "" : " | ") + word.dump();
    if (schema.contains("type") && schema["type"].is_array()) out += " | null";
    return out;
  }
  if (!schema.contains("type")) return "unknown";
  if (schema["type"].is_string()) return of_type(schema["type"].get<std::string>(), schema, indent);
  std::string out;
  for (const auto& type : schema["type"])
    out += (out.empty() ? "" : " | ") + of_type(type.get<std::string>(), schema, indent);
  return out;
}

}  // namespace duotty::record
