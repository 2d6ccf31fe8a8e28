using NetWhy.App;

// Answered before anything else is loaded: a script that asks for the version should not pay for the rest.
if (args is ["--version"])
{
    Terminal.WriteOutput($"netwhy {ProductVersion.Text}\n");
    return ExitCode.Healthy;
}

return await CommandLine.RunAsync(args).ConfigureAwait(false);
