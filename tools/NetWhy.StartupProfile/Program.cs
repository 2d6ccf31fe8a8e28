using System.Reflection;
using NetWhy.StartupProfile;

// Makes a profile for the compiler ahead of time, of the methods that the runtime had to compile: bench/startup-profile calls it.
if (args is not [var output, var folder, _, ..])
{
    Console.Error.WriteLine("NetWhy.StartupProfile OUTPUT.mibc FOLDER-OF-ASSEMBLIES LIST…: lists are what DOTNET_JitStdOutFile gets");
    return 2;
}

// The framework is the one that runs this: its copy beside the program is the same.
HashSet<string?> present = [.. ((string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES"))?.Split(':').Select(Path.GetFileName) ?? []];
foreach (string file in Directory.GetFiles(folder, "*.dll").Where(file => !present.Contains(Path.GetFileName(file))))
    Assembly.LoadFrom(file);
string[] framework =
[
    "System.Collections", "System.Collections.Concurrent", "System.Collections.Immutable", "System.Linq", "System.Memory", "System.Net.Primitives",
    "System.Net.Sockets", "System.Private.Uri", "System.Text.Json", "System.Threading.Channels",
];
foreach (string name in framework)
    Assembly.Load(name);

var types = new TypeFinder(AppDomain.CurrentDomain.GetAssemblies());
var profile = new ProfileWriter();
HashSet<CompiledMethod> methods = [.. args[2..].SelectMany(File.ReadLines).Select(CompiledMethod.Read).OfType<CompiledMethod>()];
int left = 0;
foreach (CompiledMethod method in methods.OrderBy(method => $"{method.Owner}:{method.Name}{method.Parameters}", StringComparer.Ordinal))
{
    string? problem;
    try
    {
        problem = types.AddTo(profile, method);
    }
    catch (NotSupportedException refusal)
    {
        problem = refusal.Message;
    }

    if (problem is null)
        continue;
    left++;
    Console.Error.WriteLine($"left out ({problem}): {method.Owner}:{method.Name}({method.Parameters})");
}

profile.Write(output);
Console.WriteLine($"{methods.Count - left} methods, {left} left out");
return 0;
