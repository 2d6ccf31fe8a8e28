using NetWhy.App;

// Answered before anything else is loaded: a script that asks for the version should not pay for the rest.
return args is ["--version"] ? ProductVersion.Show() : await CommandLine.RunAsync(args).ConfigureAwait(false);
