using NetWhy.Analysis.Dissection;

namespace NetWhy.Analysis.Fields;

/// <summary>The fields there are, by name.</summary>
public sealed class FieldCatalog
{
    private readonly Dictionary<string, Field> _byName = new(StringComparer.Ordinal);
    private readonly List<Field> _all = [];

    private FieldCatalog(IEnumerable<FieldGroup> groups)
    {
        foreach (Field field in groups.SelectMany(group => group.Fields))
        {
            field.Index = _all.Count;
            _all.Add(field);
            _byName.Add(field.Name, field);
        }
    }

    /// <summary>The fields that netwhy reads.</summary>
    public static FieldCatalog Default { get; } = new(Protocols.All);

    /// <summary>All of them; a field's place is its <see cref="Field.Index"/>.</summary>
    public IReadOnlyList<Field> All => _all;

    /// <summary>A field that is known to be there.</summary>
    /// <param name="name">Its name.</param>
    public Field this[string name] => _byName[name];

    /// <summary>The field of a name; null if there is none.</summary>
    /// <param name="name">The name, such as <c>ip.src</c>; letters as they are.</param>
    public Field? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The names of the protocols that have fields.</summary>
    public IEnumerable<string> ProtocolNames => _all.Where(one => one.Protocol == one).Select(one => one.Name);

    /// <summary>The names that are most alike a name that is none.</summary>
    /// <remarks>A protocol is taken for another only if one letter is wrong, or two have changed places: short names are all alike.</remarks>
    /// <param name="name">The name.</param>
    /// <param name="count">How many, at most.</param>
    public IReadOnlyList<string> Nearest(string name, int count)
    {
        bool isProtocol = !name.Contains('.', StringComparison.Ordinal);
        int most = isProtocol ? (name.Length > 3 ? 2 : 1) : Math.Max(2, name.Length / 3);
        return [.. _all.Where(field => !isProtocol || (field.Protocol == field && field.Name[0] == char.ToLowerInvariant(name[0])))
            .Select(field => (field.Name, Distance: Distance(name, field.Name)))
            .Where(candidate => candidate.Distance <= most)
            .OrderBy(candidate => candidate.Distance)
            .ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
            .Take(count)
            .Select(candidate => candidate.Name)];
    }

    // Levenshtein's distance.
    private static int Distance(string left, string right)
    {
        Span<int> row = stackalloc int[right.Length + 1];
        for (int column = 0; column <= right.Length; column++)
            row[column] = column;
        for (int line = 1; line <= left.Length; line++)
        {
            int diagonal = row[0];
            row[0] = line;
            for (int column = 1; column <= right.Length; column++)
            {
                int above = row[column];
                int changed = diagonal + (char.ToLowerInvariant(left[line - 1]) == char.ToLowerInvariant(right[column - 1]) ? 0 : 1);
                row[column] = Math.Min(changed, Math.Min(above, row[column - 1]) + 1);
                diagonal = above;
            }
        }

        return row[right.Length];
    }
}
