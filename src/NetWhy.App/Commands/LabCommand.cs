using System.CommandLine;
using System.CommandLine.Completions;
using NetWhy.App.Render;
using NetWhy.Lab;
using NetWhy.Lab.Impairments;
using NetWhy.Lab.Servers;
using NetWhy.Linux;

namespace NetWhy.App.Commands;

/// <summary><c>netwhy lab</c>: real faults in network namespaces, to try netwhy and to learn from.</summary>
internal sealed class LabCommand : Command
{
    private static readonly Option<bool> Json = CommonOptions.Json();

    /// <summary>Makes the command with its subcommands.</summary>
    public LabCommand()
        : base("lab", "Set up real network faults in namespaces of this machine, and test netwhy on them.")
    {
        Add(List());
        Add(Up());
        Add(Exec());
        Add(Down());
        Add(Test());
        Add(Serve());
        Add(Link());
    }

    private static Command List()
    {
        var command = new Command("list", "List the scenarios.") { Json };
        command.SetAction((parsed, cancel) => Try(() =>
        {
            Scenario[] scenarios = [.. ScenarioCatalog.Names.Select(ScenarioCatalog.Find)];
            if (parsed.GetValue(Json))
            {
                JsonOutput.Write("netwhy.lab.list/1", json =>
                {
                    json.WriteStartArray("scenarios");
                    foreach (Scenario scenario in scenarios)
                    {
                        json.WriteStartObject();
                        json.WriteString("name", scenario.Name);
                        json.WriteString("title", scenario.Title);
                        json.WriteString("symptom", scenario.Symptom);
                        json.WriteString("expect", scenario.Expect.ToString());
                        json.WriteEndObject();
                    }

                    json.WriteEndArray();
                });
                return Task.FromResult(ExitCode.Healthy);
            }

            int width = scenarios.Select(scenario => scenario.Name.Length).DefaultIfEmpty().Max();
            foreach (Scenario scenario in scenarios)
                Console.Out.WriteLine($"{scenario.Name.PadRight(width)}  {scenario.Title}");
            return Task.FromResult(ExitCode.Healthy);
        }, cancel));
        return command;
    }

    private static Command Up()
    {
        Argument<string> name = NameArgument("The scenario, or the path of a YAML file.");
        var command = new Command("up", "Set a scenario up and leave it standing.") { name, Json };
        command.SetAction((parsed, cancel) => Try(async () =>
        {
            Scenario scenario = Find(parsed.GetRequiredValue(name));
            await LabInstance.SweepAsync().ConfigureAwait(false);
            await LabInstance.UpAsync(
                scenario, scenario.Name, Program(), certificates: null, outlivesUs: true, TimeProvider.System, cancel).ConfigureAwait(false);
            if (parsed.GetValue(Json))
            {
                JsonOutput.Write("netwhy.lab.up/1", json =>
                {
                    json.WriteString("name", scenario.Name);
                    json.WriteStartObject("namespaces");
                    foreach (string host in scenario.Hosts.Keys)
                        json.WriteString(host, $"netwhy-{scenario.Name}-{host}");
                    json.WriteEndObject();
                });
                return ExitCode.Healthy;
            }

            Console.Out.WriteLine($"{scenario.Name} is up: {scenario.Title}");
            Console.Out.WriteLine($"hosts: {string.Join(", ", scenario.Hosts.Keys)}");
            Console.Out.WriteLine($"try:   netwhy lab exec {scenario.Name} {scenario.Client} -- netwhy {string.Join(' ', scenario.Arguments)}");
            Console.Out.WriteLine($"end:   netwhy lab down {scenario.Name}");
            return ExitCode.Healthy;
        }, cancel));
        return command;
    }

    private static Command Exec()
    {
        Argument<string> name = InstanceArgument();
        var host = new Argument<string>("HOST") { Description = "One of its hosts." };
        host.CompletionSources.Add(context => context.ParseResult.GetResult(name) is { Tokens: [{ Value: var instance }, ..] }
            ? LabInstance.HostsOf(instance).Select(one => new CompletionItem(one))
            : []);
        var words = new Argument<string[]>("CMD")
        {
            Description = "What to run there, after '--'. Only the network is that host's: what it changes in files,\n"
                + "such as in /etc, it changes on this machine.",
            Arity = ArgumentArity.OneOrMore,
            CaptureRemainingTokens = true,
            CompletionSources = { _ => [CommonOptions.File] },
        };
        var command = new Command("exec", "Run a command on a host of a scenario that is up. Only its network is apart: files, such as those in /etc, are this machine's.") { name, host, words };
        command.SetAction((parsed, cancel) => Try(async () =>
        {
            string[] run = [.. parsed.GetRequiredValue(words).SkipWhile((word, index) => index == 0 && word == "--")];
            if (run is ["netwhy", ..])
                run[0] = Program();
            return await LabInstance.ExecAsync(
                Path.GetFileNameWithoutExtension(parsed.GetRequiredValue(name)), parsed.GetRequiredValue(host), run, cancel).ConfigureAwait(false);
        }, cancel));
        return command;
    }

    private static Command Down()
    {
        Argument<string> name = InstanceArgument();
        var command = new Command("down", "Take a scenario down; nothing of it stays.") { name, Json };
        command.SetAction((parsed, cancel) => Try(async () =>
        {
            string instance = Path.GetFileNameWithoutExtension(parsed.GetRequiredValue(name));
            await LabInstance.DownAsync(instance).ConfigureAwait(false);
            if (parsed.GetValue(Json))
                JsonOutput.Write("netwhy.lab.down/1", json => json.WriteString("name", instance));
            else
                Console.Out.WriteLine($"{instance} is down");
            return ExitCode.Healthy;
        }, cancel));
        return command;
    }

    private static Command Test()
    {
        var names = new Argument<string[]>("NAME") { Description = "Scenarios or paths; all of 'lab list' if none.", Arity = ArgumentArity.ZeroOrMore, CompletionSources = { ScenarioNames } };
        var jobs = new Option<int>("--jobs") { Description = "How many at once.", DefaultValueFactory = _ => 6, HelpName = "N" };
        var repeat = new Option<int>("--repeat") { Description = "Test each so many times.", DefaultValueFactory = _ => 1, HelpName = "N" };
        var cases = new Option<string?>("--save-cases") { Description = "Keep the evidence of each there: cases for the rules.", HelpName = "DIR", CompletionSources = { _ => [CommonOptions.File] } };
        var command = new Command("test", "Set scenarios up, run netwhy in them, and compare its verdicts with the right ones.")
        {
            names, jobs, repeat, cases, Json,
        };
        foreach (Option<int> number in new[] { jobs, repeat })
        {
            number.Validators.Add(result =>
            {
                if (result.Tokens is [var token] && int.TryParse(token.Value, out int value) && value < 1)
                    result.AddError($"{number.Name} must be at least 1");
            });
        }

        command.SetAction((parsed, cancel) => Try(async () =>
        {
            string[] wanted = parsed.GetValue(names) is { Length: > 0 } some ? some : [.. ScenarioCatalog.Names];
            Scenario[] scenarios = [.. wanted.Select(Find)];
            Scenario[] all = [.. Enumerable.Repeat(scenarios, parsed.GetValue(repeat)).SelectMany(round => round)];
            bool asJson = parsed.GetValue(Json);
            int width = all.Max(scenario => scenario.Name.Length);
            var tester = new ScenarioTester(Program(), TimeProvider.System)
            {
                Jobs = parsed.GetValue(jobs),
                CasesDirectory = parsed.GetValue(cases),
            };
            ScenarioResult[] results = [.. await tester.TestAsync(
                all,
                result =>
                {
                    if (!asJson)
                        Console.Out.WriteLine(LabReport.Line(result, width));
                },
                cancel).ConfigureAwait(false)];
            if (asJson)
                JsonOutput.Write("netwhy.lab.test/1", json => LabReport.Write(json, results));
            else
                Console.Out.WriteLine(LabReport.Summary(results));
            return results.All(result => result.Passed) ? ExitCode.Healthy : ExitCode.ProblemFound;
        }, cancel));
        return command;
    }

    private static Command Serve()
    {
        var mode = new Argument<string>("MODE");
        var words = new Argument<string[]>("OPTIONS") { Arity = ArgumentArity.ZeroOrMore, CaptureRemainingTokens = true };
        var command = new Command("serve", "Misbehave: a server or client of the lab's scenarios.") { mode, words };
        command.Hidden = true;
        command.SetAction((parsed, cancel) => Try(async () =>
        {
            await FaultyServer.RunAsync(
                parsed.GetRequiredValue(mode), parsed.GetValue(words) ?? [], SayReady, TimeProvider.System, cancel).ConfigureAwait(false);
            return ExitCode.Healthy;
        }, cancel));
        return command;
    }

    private static Command Link()
    {
        var left = new Option<string>("--left") { HelpName = "NAMESPACE:INTERFACE", Required = true };
        var right = new Option<string>("--right") { HelpName = "NAMESPACE:INTERFACE", Required = true };
        var leftToRight = new Option<string>("--left-to-right") { HelpName = "IMPAIRMENT", DefaultValueFactory = _ => "" };
        var rightToLeft = new Option<string>("--right-to-left") { HelpName = "IMPAIRMENT", DefaultValueFactory = _ => "" };
        var command = new Command("link", "Carry frames between two namespaces, with delay, loss and the like.")
        {
            left, right, leftToRight, rightToLeft,
        };
        command.Hidden = true;
        command.SetAction((parsed, cancel) => Try(async () =>
        {
            using TapDevice leftEnd = OpenTap(parsed.GetRequiredValue(left));
            using TapDevice rightEnd = OpenTap(parsed.GetRequiredValue(right));
            var relay = new LinkRelay(
                leftEnd,
                rightEnd,
                new LinkModel(ImpairmentText.Parse(parsed.GetRequiredValue(leftToRight))),
                new LinkModel(ImpairmentText.Parse(parsed.GetRequiredValue(rightToLeft))));
            SayReady();
            await Task.Factory.StartNew(() => relay.Run(cancel), TaskCreationOptions.LongRunning).ConfigureAwait(false);
            return ExitCode.Healthy;
        }, cancel));
        return command;
    }

    private static Scenario Find(string nameOrPath) =>
        !ScenarioCatalog.IsPath(nameOrPath) && !ScenarioCatalog.Names.Contains(nameOrPath)
        && Nearest.To(nameOrPath, ScenarioCatalog.Names) is { Length: > 0 } nearest
            ? throw new CommandException(ExitCode.WrongUsage, $"there is no scenario '{nameOrPath}': did you mean {string.Join(" or ", nearest)}?")
            : ScenarioCatalog.Find(nameOrPath);

    private static TapDevice OpenTap(string end) => end.Split(':') is [var networkNamespace, var name]
        ? TapDevice.Create(networkNamespace, name)
        : throw new LabException($"'{end}' is no NAMESPACE:INTERFACE", isUsage: true);

    private static void SayReady()
    {
        Console.Out.WriteLine("ready");
        Console.Out.Flush();
    }

    private static Argument<string> InstanceArgument()
    {
        var name = new Argument<string>("NAME") { Description = "A scenario that is up." };
        name.CompletionSources.Add(_ => LabInstance.Standing().Select(known => new CompletionItem(known)));
        return name;
    }

    private static IEnumerable<CompletionItem> ScenarioNames(CompletionContext context) =>
        [.. ScenarioCatalog.Names.Select(known => new CompletionItem(known)), CommonOptions.File];

    private static Argument<string> NameArgument(string description)
    {
        var name = new Argument<string>("NAME") { Description = description };
        name.CompletionSources.Add(ScenarioNames);
        return name;
    }

    /// <summary>The program that is running: the one to test, and to serve.</summary>
    private static string Program() =>
        Environment.ProcessPath ?? throw new LabException("cannot tell where the program lies (/proc is not mounted)");

    private static async Task<int> Try(Func<Task<int>> work, CancellationToken cancel)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception refusal) when (refusal is LabException or LinuxException or IOException or UnauthorizedAccessException)
        {
            // Ctrl-C on a terminal reaches what we run, too: that it failed is no news then.
            cancel.ThrowIfCancellationRequested();
            throw new CommandException(
                refusal is LabException { IsUsage: true } ? ExitCode.WrongUsage : ExitCode.CouldNotWork, refusal.Message);
        }
    }
}
