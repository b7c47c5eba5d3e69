// SPDX-License-Identifier: Apache-2.0

public import Apus

extension WSGIModule {
    public static let directoryDirectives: [Directive<DirectoryConfig>] =
        groupDirectives + requestDirectives + scriptDirectives

    // MARK: Where a request is answered

    private static let groupDirectives: [Directive<DirectoryConfig>] = [
        Directive(
            "WSGIProcessGroup", in: [.servers, .sections], sets: \.settings.$processGroup, .string,
            "Name of the WSGI process group.", default: "%{GLOBAL}",
            syntax: "WSGIProcessGroup name|%{GLOBAL}|%{ENV:variable}"),
        Directive(
            "WSGIApplicationGroup", in: [.servers, .sections], sets: \.settings.$applicationGroup,
            .string,
            "Application interpreter group.", default: "%{RESOURCE}",
            syntax: "WSGIApplicationGroup name|%{GLOBAL}|%{SERVER}|%{RESOURCE}|%{ENV:variable}"),
        Directive(
            "WSGICallableObject", in: .anywhere, sets: \.settings.$callableObject, .string,
            "Name of entry point in WSGI script file.", default: "application"),
        Directive(
            "WSGIRestrictProcess", in: [.servers, .sections], sets: \.settings.$restrictProcess,
            .words,
            "Limit selectable WSGI process groups."),
    ]

    // MARK: How it is answered

    private static let requestDirectives: [Directive<DirectoryConfig>] = [
        Directive(
            "WSGIPassApacheRequest", in: [.servers, .sections], .onOrOff,
            "Enable/Disable Apache request object.", default: "Off", merging: []
        ) { _, value, context in
            guard value else { return }
            context.warn(
                "",
                "WSGIPassApacheRequest has no effect: Python does not run in the server's own "
                    + "processes")
        },
        Directive(
            "WSGIPassAuthorization", in: .anywhere, sets: \.settings.$passesAuthorization, .onOrOff,
            "Enable/Disable WSGI authorization.", default: "Off"),
        Directive(
            "WSGIScriptReloading", in: .anywhere, sets: \.settings.$reloadsScripts, .onOrOff,
            "Enable/Disable script reloading mechanism.", default: "On"),
        Directive(
            "WSGIErrorOverride", in: .anywhere, sets: \.settings.$overridesErrors, .onOrOff,
            "Enable/Disable overriding of error pages.", default: "Off"),
        Directive(
            "WSGIChunkedRequest", in: .anywhere, sets: \.settings.$takesChunkedRequests, .onOrOff,
            "Enable/Disable support for chunked requests.", default: "Off"),
        Directive(
            "WSGIMapHEADToGET", in: .anywhere, sets: \.settings.$mapsHeadToGet, .headMapping,
            "Enable/Disable mapping of HEAD to GET.", default: "Auto"),
        Directive(
            "WSGIIgnoreActivity", in: .anywhere, sets: \.settings.$ignoresActivity, .onOrOff,
            "Enable/Disable reset of inactvity timeout.", default: "Off"),
        Directive(
            "WSGIEnableSendfile", in: .anywhere, sets: \.settings.$sendsFiles, .onOrOff,
            "Enable/Disable support for kernel sendfile.", default: "Off"),
        Directive(
            "WSGITrustedProxyHeaders", in: .anywhere, .fieldVariables,
            "Specify a list of trusted proxy headers.",
            merging: [.inherits(\.settings.$trustedProxyHeaders)]
        ) { config, names, _ in
            config.settings.trustedProxyHeaders =
                (config.settings.trustedProxyHeaders ?? []) + names
        },
        Directive(
            "WSGITrustedProxies", in: .anywhere, .trustedProxies,
            "Specify a list of trusted proxies.", merging: [.inherits(\.settings.$trustedProxies)]
        ) { config, subnets, _ in
            config.settings.trustedProxies = (config.settings.trustedProxies ?? []) + subnets
        },
    ]

    // MARK: Scripts beside the application's

    private static let scriptDirectives: [Directive<DirectoryConfig>] = [
        Directive(
            "WSGIDispatchScript", in: [.servers, .sections], sets: \.settings.$dispatchScript,
            .auxiliaryScript("dispatch script"), "Location of WSGI dispatch script."),
        Directive(
            "WSGIAccessScript", in: [.sections, .htaccess], sets: \.settings.$accessScript,
            .auxiliaryScript("access script"), "Location of WSGI host access script file.",
            override: .authConfig),
        Directive(
            "WSGIAuthUserScript", in: [.sections, .htaccess], sets: \.settings.$authUserScript,
            .auxiliaryScript("auth user script"), "Location of WSGI user auth script file.",
            override: .authConfig),
        Directive(
            "WSGIAuthGroupScript", in: [.sections, .htaccess], sets: \.settings.$authGroupScript,
            .auxiliaryScript("auth group script"), "Location of WSGI group auth script file.",
            override: .authConfig),
        Directive(
            "WSGIGroupAuthoritative", in: [.sections, .htaccess],
            sets: \.settings.$groupIsAuthoritative,
            .onOrOff, "Enable/Disable as being authoritative on groups.", default: "On",
            override: .authConfig),
        Directive(
            "WSGIHandlerScript", in: [.servers, .sections], handlerScript,
            "Location of WSGI handler script file.", merging: [.merges(\.settings.handlerScripts)]
        ) { config, line, _ in
            config.settings.handlerScripts[line.name] = line.script
        },
    ]

    private static let handlerScript = Argument<(name: String, script: HandlerScript)>(
        "name file-path [option=value] ...", arity: .raw
    ) { words, context throws(ArgumentError) in
        var reader = OptionReader(words[0])
        guard let name = reader.word(), !name.isEmpty else {
            throw ArgumentError("Name for handler script not supplied.")
        }
        guard let path = reader.word(), !path.isEmpty else {
            throw ArgumentError("Location of handler script not supplied.")
        }
        let arguments = try ScriptArguments(
            path: context.resolve(path), options: &reader,
            allowed: ["process-group", "application-group", "pass-authorization"],
            purpose: "handler script")
        return (
            name,
            HandlerScript(
                path: arguments.path, processGroup: arguments.processGroup,
                applicationGroup: arguments.applicationGroup,
                passesAuthorization: arguments.passesAuthorization)
        )
    }
}
