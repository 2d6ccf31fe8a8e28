using System.Globalization;

namespace NetWhy.Lab;

/// <summary>
/// What an instance leaves outside itself, written down before it is made, so that anybody can take it down after a
/// crash: a directory below <c>/run/netwhy-lab</c>.
/// </summary>
internal sealed class LabState
{
    /// <summary>Where all instances of this machine stand.</summary>
    public const string Root = "/run/netwhy-lab";

    private const string OwnerFile = "owner";
    private const string NamespacesFile = "namespaces";
    private const string UndoFile = "undo";

    private LabState(string directory) => Directory = directory;

    /// <summary>The directory of this instance; its services keep their files here, too.</summary>
    public string Directory { get; }

    /// <summary>Names of the network namespaces.</summary>
    public IReadOnlyList<string> Namespaces { get; private init; } = [];

    /// <summary>Writes down a new instance.</summary>
    /// <param name="name">The name of its directory.</param>
    /// <param name="namespaces">The namespaces that it is going to make.</param>
    /// <param name="outlivesUs">Whether it stays when this process ends.</param>
    /// <exception cref="LabException">There is one of that name, or we may not write there.</exception>
    public static LabState Create(string name, IReadOnlyList<string> namespaces, bool outlivesUs)
    {
        string directory = Path.Combine(Root, name);
        if (System.IO.Directory.Exists(directory))
            throw new LabException($"'{name}' is already up; 'netwhy lab down {name}' takes it down", isUsage: true);

        try
        {
            System.IO.Directory.CreateDirectory(directory);
            File.WriteAllLines(Path.Combine(directory, NamespacesFile), namespaces);
            File.WriteAllText(Path.Combine(directory, OwnerFile), outlivesUs ? "nobody" : Identity(Environment.ProcessId));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LabException($"cannot keep the lab's state: {exception.Message}; the lab needs root");
        }

        return new LabState(directory) { Namespaces = namespaces };
    }

    /// <summary>Finds an instance.</summary>
    /// <param name="name">The name of its directory.</param>
    /// <returns>Null if there is none.</returns>
    public static LabState? Find(string name)
    {
        string directory = Path.Combine(Root, name);
        string list = Path.Combine(directory, NamespacesFile);
        return System.IO.Directory.Exists(directory)
            ? new LabState(directory) { Namespaces = File.Exists(list) ? File.ReadAllLines(list) : [] }
            : null;
    }

    /// <summary>All instances whose owner is dead.</summary>
    public static IEnumerable<LabState> Orphans()
    {
        if (!System.IO.Directory.Exists(Root))
            yield break;

        foreach (string directory in System.IO.Directory.GetDirectories(Root))
        {
            string file = Path.Combine(directory, OwnerFile);
            if (!File.Exists(file) || Find(Path.GetFileName(directory)) is not { } state)
                continue;

            string owner = ReadOwner(file);
            if (owner.Length > 0 && owner != "nobody" && !IsAlive(owner))
                yield return state;
        }

        static string ReadOwner(string file)
        {
            try
            {
                return File.ReadAllText(file);
            }
            catch (IOException) // its owner took it down in this moment
            {
                return "";
            }
        }
    }

    /// <summary>Adds a line to the script that takes back what outlives the namespaces.</summary>
    /// <param name="script">A shell line.</param>
    public void AddUndo(string script) => File.AppendAllText(Path.Combine(Directory, UndoFile), $"{script}\n");

    /// <summary>Ends the processes in the namespaces, deletes these and all files. Does what it can, also when half of it is gone.</summary>
    public async Task TearDownAsync()
    {
        string names = string.Join(' ', Namespaces);
        string script = $$"""
            trap '' INT # Ctrl-C on a terminal reaches this, too, and half of it must not stay
            # One at a time: two runs may find the same orphan, and the second has nothing left to do.
            command exec 9<{{Shell.Quote(Directory)}} || exit 0
            flock 9
            [ -d {{Shell.Quote(Directory)}} ] || exit 0
            [ ! -f {{Shell.Quote(Path.Combine(Directory, UndoFile))}} ] || LAB={{Shell.Quote(Directory)}} sh {{Shell.Quote(Path.Combine(Directory, UndoFile))}} || failed=1
            for round in 1 2 3 4 5; do
                pids=
                for name in {{names}}; do
                    [ ! -e /run/netns/$name ] || pids="$pids $(ip netns pids $name)"
                done
                [ -n "${pids# }" ] || break
                kill -KILL $pids 2>/dev/null || :
                sleep 0.01
            done
            for name in {{names}}; do
                [ ! -e /run/netns/$name ] || ip netns del $name || [ ! -e /run/netns/$name ] || failed=1
                rm -rf "/etc/netns/$name"
            done
            rmdir /etc/netns 2>/dev/null || :
            rm -rf {{Shell.Quote(Directory)}}
            [ -z "$failed" ]
            """;
        Outcome outcome = await Shell.RunAsync(["sh", "-c", script], new Dictionary<string, string>(), CancellationToken.None)
            .ConfigureAwait(false);
        if (outcome.ExitCode != 0)
            throw new LabException($"could not take everything down: {Shell.OneLine(outcome.Errors)}");
    }

    /// <summary>A process, told from later ones with the same number by its start time (field 22 of proc_pid_stat(5)).</summary>
    private static string Identity(int pid)
    {
        string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
        string afterName = stat[(stat.LastIndexOf(')') + 2)..];
        return string.Create(CultureInfo.InvariantCulture, $"{pid} {afterName.Split(' ')[19]}");
    }

    private static bool IsAlive(string identity)
    {
        try
        {
            return int.TryParse(identity.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && Identity(pid) == identity;
        }
        catch (IOException) // no such process
        {
            return false;
        }
    }
}
