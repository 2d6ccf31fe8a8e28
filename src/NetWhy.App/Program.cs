using NetWhy.App;
using NetWhy.App.Commands;
using NetWhy.Tools;

// Answered before anything else is loaded: a script that asks for the version should not pay for the rest.
// Words to be completed are words, whatever a command line would make of them. A tool reads its command line itself, and
// on this first thread of the process, which the kernel takes for the whole of it where network namespaces differ.
return args is ["--version"] ? ProductVersion.Show()
    : args is [CompleteCommand.Word, "--", .. var words] ? CompleteCommand.Run(words)
    : args is [var name, .. var rest] && ToolCatalog.Find(name) is { } tool ? ToolHost.Run(tool, rest)
    : args is [ToolHost.ByName or ToolHost.ByProcess, var where, var named, ..] && ToolCatalog.Find(named) is { } elsewhere ? ToolHost.RunIn(args[0], where, elsewhere, args[2..])
    : await CommandLine.RunAsync(args).ConfigureAwait(false);
