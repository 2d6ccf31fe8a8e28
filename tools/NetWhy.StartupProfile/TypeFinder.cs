using System.Reflection;

namespace NetWhy.StartupProfile;

/// <summary>A type as an argument: one that is there, an array of one, or any class.</summary>
/// <param name="Definition">The type, without its arguments; null for any class (<c>System.__Canon</c>) and for an array.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Element">What an array is of; null for no array.</param>
internal sealed record TypeArgument(Type? Definition, TypeArgument[] Arguments, TypeArgument? Element);

/// <summary>Finds methods by the names that the runtime writes.</summary>
internal sealed class TypeFinder
{
    private const BindingFlags Any = BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly Dictionary<string, Type> Primitives = new()
    {
        ["bool"] = typeof(bool),
        ["byte"] = typeof(byte),
        ["sbyte"] = typeof(sbyte),
        ["char"] = typeof(char),
        ["short"] = typeof(short),
        ["ushort"] = typeof(ushort),
        ["int"] = typeof(int),
        ["uint"] = typeof(uint),
        ["long"] = typeof(long),
        ["ulong"] = typeof(ulong),
        ["nint"] = typeof(nint),
        ["nuint"] = typeof(nuint),
        ["float"] = typeof(float),
        ["double"] = typeof(double),
    };

    private readonly ILookup<string, Type> _types;

    /// <summary>Looks into assemblies.</summary>
    /// <param name="assemblies">The assemblies.</param>
    internal TypeFinder(IEnumerable<Assembly> assemblies) =>
        _types = assemblies.SelectMany(TypesOf).Where(type => type.FullName is not null).ToLookup(type => type.FullName!);

    /// <summary>Adds a method to a profile.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="method">The method.</param>
    /// <returns>Why it cannot be added; null if it was.</returns>
    /// <exception cref="NotSupportedException">A type in it cannot be written.</exception>
    internal string? AddTo(ProfileWriter profile, CompiledMethod method)
    {
        (string ownerName, string[] ownerArguments) = CompiledMethod.Parts(method.Owner);
        (string name, string[] arguments) = CompiledMethod.Parts(method.Name);
        int count = CompiledMethod.Split(method.Parameters).Length;
        TypeArgument[] ofOwner = [.. ownerArguments.Select(Read)], ofMethod = [.. arguments.Select(Read)];
        string? problem = "no such type";
        foreach (Type owner in _types[ownerName].Where(type => type.GetGenericArguments().Length == ofOwner.Length))
        {
            MethodBase[] found = [.. owner.GetMethods(Any).Concat<MethodBase>(owner.GetConstructors(Any)).Where(one =>
                one.Name == name && one.GetParameters().Length == count && (one.IsGenericMethodDefinition ? one.GetGenericArguments().Length : 0) == ofMethod.Length)];
            if (found.Length > 1)
                found = [.. found.Where(one => one.GetMethodBody()?.GetILAsByteArray()?.Length == method.Size)];
            problem = found.Length switch { 0 => "no such method", 1 => null, _ => "several such methods" };
            if (problem is null)
            {
                profile.Add(owner, ofOwner, found[0], ofMethod);
                return null;
            }
        }

        return problem;
    }

    private static IEnumerable<Type> TypesOf(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException partly)
        {
            return partly.Types.OfType<Type>(); // others need an assembly that is not there
        }
    }

    private TypeArgument Read(string text)
    {
        if (text is "System.__Canon")
            return new TypeArgument(null, [], null);
        if (text.EndsWith("[]", StringComparison.Ordinal))
            return new TypeArgument(null, [], Read(text[..^2]));
        if (Primitives.TryGetValue(text, out Type? primitive))
            return new TypeArgument(primitive, [], null);
        (string name, string[] arguments) = CompiledMethod.Parts(text);
        return _types[name].FirstOrDefault() is { } type
            ? new TypeArgument(type, [.. arguments.Select(Read)], null)
            : throw new NotSupportedException($"no type {name}");
    }
}
