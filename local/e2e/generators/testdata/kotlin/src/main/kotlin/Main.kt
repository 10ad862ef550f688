// SPDX-License-Identifier: Apache-2.0

// This program uses the client that openapi-generator makes for Kotlin with serializationLibrary=jackson.
import com.fasterxml.jackson.annotation.JsonInclude
import org.openapitools.client.apis.DataApi
import org.openapitools.client.infrastructure.ApiClient
import org.openapitools.client.infrastructure.ClientError
import org.openapitools.client.infrastructure.ClientException
import org.openapitools.client.infrastructure.Serializer
import org.openapitools.client.models.ExportRequest
import org.openapitools.client.models.IncrRequest
import org.openapitools.client.models.KeyRequest
import org.openapitools.client.models.MSetEntry
import org.openapitools.client.models.MSetRequest
import org.openapitools.client.models.Problem
import org.openapitools.client.models.SetRequest

fun main() {
    ApiClient.accessToken = System.getenv("TEMPSKV_TOKEN")
    val api = DataApi(System.getenv("TEMPSKV_URL"))
    // The client leaves out what is null. A value may be null.
    Serializer.jacksonObjectMapper.configOverride(Any::class.java).include =
        JsonInclude.Value.construct(JsonInclude.Include.ALWAYS, JsonInclude.Include.ALWAYS)

    for ((key, value) in mapOf("none" to null, "large" to 9007199254740993)) {
        check(api.kvSet(SetRequest(key, value)).result == "OK")
    }
    for (key in listOf("none", "large")) {
        println("get $key ${api.kvGet(KeyRequest(key)).value}")
    }
    println("incr ${api.kvIncr(IncrRequest("large")).value}")
    println("mset ${api.kvMset(MSetRequest(listOf(MSetEntry("text", "a"), MSetEntry("more", null)))).result}")
    val exported = api.kvExport(ExportRequest()).readText()
    println("export ${exported.split("\"key\":").size - 1} ${"""{"end":{"keys":4}}""" in exported}")
    printProblem { api.kvIncr(IncrRequest("text")) }
    printProblem { api.kvGet(KeyRequest("answered later")) }
}

fun printProblem(call: () -> Any) {
    try {
        call()
    } catch (refused: ClientException) {
        val answer = (refused.response as ClientError<*>).body as String
        val problem = Serializer.jacksonObjectMapper.readValue(answer, Problem::class.java)
        println("problem ${problem.status} ${problem.code}")
    }
}
