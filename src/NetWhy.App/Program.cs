using NetWhy.App;
using NetWhy.App.Commands;

// Answered before anything else is loaded: a script that asks for the version should not pay for the rest.
// Words to be completed are words, whatever a command line would make of them.
return args is ["--version"] ? ProductVersion.Show()
    : args is [CompleteCommand.Word, "--", .. var words] ? CompleteCommand.Run(words)
    : await CommandLine.RunAsync(args).ConfigureAwait(false);
