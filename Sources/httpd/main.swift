// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

// The program: says what it is asked, signals the server that runs, or becomes the server.

APR.start()
let inherited = RestartState.take()
let image = ProgramImage.current(arguments: CommandLine.arguments)
let place = ProgramPlace(image)

/// Ends with the mistakes of the configuration on standard error.
func refuse(_ message: String) -> Never {
    Output.printError(message)
    exit(1)
}

let options: CommandLineOptions
do throws(CommandLineOptions.Unknown) {
    options = try CommandLineOptions(Array(CommandLine.arguments.dropFirst()))
} catch {
    if !error.message.isEmpty { Output.printError("\(place.programName): \(error.message)") }
    refuse(CommandLineOptions.usage(program: place.calledAs))
}
if let path = options.startupLog {
    do throws(SystemError) {
        try Output.redirectErrors(to: path)
    } catch {
        refuse(
            "\(error.logPrefix)AH00086: \(place.programName): could not open error log file \(path)."
        )
    }
}
if options.showsHelp { refuse(CommandLineOptions.usage(program: place.calledAs)) }
if options.showsVersion {
    Output.print(Dumps.version)
    exit(0)
}
if options.listsModules {
    Output.print(Dumps.compiledIn)
    exit(0)
}

let configuration: Configuration
do throws(ConfigErrors) {
    configuration = try Configuration(options, place: place)
} catch {
    if options.showsSettings {
        Output.print(Dumps.settings(mpm: nil, place: place))
        exit(0)
    }
    refuse(error.message(program: place.programName))
}

Actions(options: options, place: place, image: image, configuration: configuration)
    .perform(inherited: inherited)
