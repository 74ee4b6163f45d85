# Contracts of event types that an environment has of its own: files of this repository, which services get as they are by a variable.

variable "contracts" {
  description = "Folder of this repository with contracts of event types, one JSON Schema file each (docs/adopting/own-events.md); empty: those of the catalogue alone"
  type        = string
  default     = ""

  validation {
    condition     = var.contracts == "" || length(fileset("${path.module}/../${var.contracts}", "*.json")) > 0
    error_message = "A folder of this repository with files whose names end in .json."
  }

  validation {
    condition     = var.contracts == "" || alltrue([for file in fileset("${path.module}/../${var.contracts}", "*.json") : can(keys(jsondecode(file("${path.module}/../${var.contracts}/${file}"))))])
    error_message = "A file is no JSON object."
  }

  # Cloud Run takes 32,768 bytes of a variable
  validation {
    condition     = var.contracts == "" || length(base64gzip(jsonencode({ for file in fileset("${path.module}/../${var.contracts}", "*.json") : file => file("${path.module}/../${var.contracts}/${file}") }))) <= 32768
    error_message = "All files together, packed, are longer than the 32,768 bytes that Cloud Run takes of a variable."
  }
}

locals {
  # Files as they are, as text: decoded and encoded again, the fields of a schema would be in another order. What is longer than Cloud Run
  # takes of a variable is packed; 43,688 characters of base64 are 32,766 bytes.
  contract_files = { for file in var.contracts == "" ? [] : tolist(fileset("${path.module}/../${var.contracts}", "*.json")) : file => file("${path.module}/../${var.contracts}/${file}") }
  contract_json  = jsonencode(local.contract_files)
  is_packed      = length(base64encode(local.contract_json)) > 43688
  contracts_env  = length(local.contract_files) == 0 ? tomap({}) : tomap({ CONTRACTS = local.is_packed ? base64gzip(local.contract_json) : local.contract_json })

  # as services/contract/src/contracts/read-contract.ts has it
  contract_types = [for file, text in local.contract_files : try(jsondecode(text)["x-tablestream"].event_type, replace(trimsuffix(file, ".json"), "/\\.schema$/", ""))]
  # a name that is no folder's stays in _others
  archive_types = length(var.event_types) == 0 ? toset([]) : setunion(var.event_types, [for type in local.contract_types : type if can(regex("^[a-z][a-z0-9_]{0,99}$", type))])
}
