using NetWhy.Linux;

namespace NetWhy.Tools.OpenSsl;

/// <summary><c>openssl s_client</c>: a session of TLS by hand.</summary>
internal static class ClientCommand
{
    /// <summary>Runs it.</summary>
    /// <param name="words">The words behind s_client.</param>
    /// <param name="host">What it may touch.</param>
    /// <param name="help">Shows help.</param>
    /// <param name="descriptor">Descriptor of what is sent to the server.</param>
    /// <returns>What to exit with.</returns>
    /// <exception cref="OriginalRefusal">The command line makes no sense.</exception>
    internal static int Run(IReadOnlyList<string> words, IToolHost host, Action help, int descriptor)
    {
        try
        {
            ClientOptions options = ClientOptions.Parse(words, TimeProvider.System.GetUtcNow());
            if (options.Has("help"))
            {
                help();
                return 0;
            }

            // libssl seeds itself from the kernel: what the files hold is not needed, only that they are there.
            foreach (string seed in options.Value("rand")?.Split(':') ?? [])
            {
                if (!File.Exists(seed))
                    throw new ClientRefusal($"Can't load {seed} into RNG");
            }

            if (TlsSession.Unavailable is { } missing)
                throw new ToolException(ToolException.CouldNotWork, $"TLS cannot be spoken: {missing}");
            if (options.Depth is { } depth && options.TellsDepth)
                host.Note(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"verify depth is {depth}"));
            using var output = new ClientOutput(options, host);
            output.Open();
            using var run = new ClientRun(options, output, host, descriptor);
            int exitCode = OpenSslTool.Failure;
            try
            {
                exitCode = run.Run();
            }
            catch (OperationCanceledException)
            {
                Show(options, run, host, exitCode); // who waits for a server that says nothing asks why
                throw;
            }

            Show(options, run, host, exitCode);
            return options.Value("writerand") is not { } seeds || OpenSslSeeds.Write(seeds, host) ? exitCode : OpenSslTool.Failure;
        }
        catch (ClientRefusal refusal)
        {
            if (words.Contains("--json"))
                throw new ToolException(OpenSslTool.Failure, string.Join(": ", refusal.Lines));
            foreach (string line in refusal.Lines)
                host.Note(line);
            return OpenSslTool.Failure;
        }
    }

    private static void Show(ClientOptions options, ClientRun run, IToolHost host, int exitCode)
    {
        if (options.IsJson)
            host.Output.Write(ClientJson.Of(options, run, exitCode));
        else if (options.Has("-why"))
            Explain(options, run, host);
    }

    private static void Explain(ClientOptions options, ClientRun run, IToolHost host)
    {
        foreach (StatementLine line in StatementOutput.Lines(ClientWhy.Of(options, run), host.Columns ?? 100, host.HasUtf8, isWhole: true))
            host.Note(line.Text);
    }
}
