using System.Globalization;
using NetWhy.Linux;

namespace NetWhy.Tools.Dig;

/// <summary>Takes the options that dig itself does not have out of a command line; they begin with two dashes.</summary>
internal static class DigOwnOptions
{
    /// <summary>Takes them out.</summary>
    /// <param name="arguments">The words.</param>
    /// <param name="settings">Filled in.</param>
    /// <returns>The other words.</returns>
    /// <exception cref="ToolException">A value is missing, or none.</exception>
    internal static IReadOnlyList<string> Take(IReadOnlyList<string> arguments, DigSettings settings)
    {
        var words = new List<string>();
        for (int i = 0; i < arguments.Count; i++)
        {
            switch (arguments[i])
            {
                case "--help": settings.ShowsHelp = true; break;
                case "--json": settings.IsJson = true; break;
                case "--why": settings.Explains = true; break;
                case "--validate": settings.Validates = true; break;
                case "--anchor":
                    settings.AnchorFile = Value(arguments, ref i);
                    settings.Validates = true;
                    break;
                case "--all-servers": settings.AsksAllServers = true; break;
                case "--mix-case": settings.MixesCase = true; break;
                case "--at-once":
                    const int Most = 256;
                    string count = Value(arguments, ref i);
                    settings.Concurrency = int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int lines) && lines is >= 1 and <= Most
                        ? lines
                        : throw new ToolException(ToolException.WrongUsage, $"--at-once {count} is no number of 1 to 256");
                    break;
                case "--net": settings.Namespace = Value(arguments, ref i); break;
                case "--pid":
                    string process = Value(arguments, ref i);
                    settings.Namespace = int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                        ? NetworkNamespace.PathOf(id)
                        : throw new ToolException(ToolException.WrongUsage, $"--pid {process} is no process");
                    break;
                default: words.Add(arguments[i]); break;
            }
        }

        return words;
    }

    private static string Value(IReadOnlyList<string> arguments, ref int i) =>
        i + 1 < arguments.Count ? arguments[++i] : throw new ToolException(ToolException.WrongUsage, $"{arguments[i]} lacks its value: see netwhy dig --help");
}
