using System.Text.Json;

namespace NetWhy.Linux;

/// <summary>What a container's runtime calls it.</summary>
/// <param name="Name">Name of the container; null if the runtime gave it none.</param>
/// <param name="Pod">Name of its Kubernetes pod; null if it is in none.</param>
/// <param name="PodNamespace">Kubernetes namespace of the pod; null if it is in none.</param>
public sealed record ContainerIdentity(string? Name, string? Pod, string? PodNamespace);

/// <summary>Names of containers by their number, read from the files that the runtimes keep.</summary>
/// <remarks>
/// No runtime is asked: its socket may hang, and it may be the fault. Most of the files are readable by root only; what
/// cannot be read has no name. Sources: Docker's <c>config.v2.json</c>; the OCI runtime specification, config.json,
/// annotations; containerd's <c>io.kubernetes.cri.*</c> and CRI-O's <c>io.kubernetes.*</c> annotations; containers-storage(5),
/// containers.json.
/// </remarks>
/// <param name="root">Folder that stands for the root of the file system; tests have their own.</param>
public sealed class ContainerNames(string root = "/")
{
    private const int LongestFile = 1 << 20; // octets: a config.json has some ten thousand
    private const int IdDigits = 64;

    private readonly Dictionary<string, ContainerIdentity?> _known = [];
    private Dictionary<string, string>? _podman;

    /// <summary>Finds what a container is called; null if no runtime of this machine tells.</summary>
    /// <param name="id">Its number, all 64 hexadecimal digits.</param>
    public ContainerIdentity? Find(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (id.Length != IdDigits || !id.All(char.IsAsciiHexDigitLower))
            return null;
        if (!_known.TryGetValue(id, out ContainerIdentity? identity))
        {
            try
            {
                identity = Docker(id) ?? Annotated(id) ?? Podman(id);
            }
            catch (InvalidOperationException)
            {
                // JSON may hold half of a surrogate pair, which is no text.
            }

            _known[id] = identity;
        }

        return identity;
    }

    private ContainerIdentity? Docker(string id)
    {
        using JsonDocument? file = Read($"var/lib/docker/containers/{id}/config.v2.json");
        if (file is null)
            return null;
        JsonElement labels = Member(Member(file.RootElement, "Config"), "Labels");
        return new ContainerIdentity(
            Text(file.RootElement, "Name")?.TrimStart('/'),
            Text(labels, "io.kubernetes.pod.name"),
            Text(labels, "io.kubernetes.pod.namespace"));
    }

    private ContainerIdentity? Annotated(string id)
    {
        string[] bundles =
        [
            $"run/containerd/io.containerd.runtime.v2.task/k8s.io/{id}",
            $"run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/{id}",
            $"run/containers/storage/overlay-containers/{id}/userdata",
        ];
        foreach (string bundle in bundles)
        {
            using JsonDocument? file = Read($"{bundle}/config.json");
            if (file is null)
                continue;
            JsonElement notes = Member(file.RootElement, "annotations");
            var identity = new ContainerIdentity(
                Text(notes, "io.kubernetes.cri.container-name") ?? Text(notes, "io.kubernetes.container.name"),
                Text(notes, "io.kubernetes.cri.sandbox-name") ?? Text(notes, "io.kubernetes.pod.name"),
                Text(notes, "io.kubernetes.cri.sandbox-namespace") ?? Text(notes, "io.kubernetes.pod.namespace"));
            if (identity is not { Name: null, Pod: null })
                return identity;
        }

        return null;
    }

    private ContainerIdentity? Podman(string id)
    {
        _podman ??= ReadPodman();
        return _podman.TryGetValue(id, out string? name) ? new ContainerIdentity(name, null, null) : null;
    }

    private Dictionary<string, string> ReadPodman()
    {
        Dictionary<string, string> names = [];
        using JsonDocument? file = Read("var/lib/containers/storage/overlay-containers/containers.json");
        if (file is not { RootElement.ValueKind: JsonValueKind.Array })
            return names;
        foreach (JsonElement container in file.RootElement.EnumerateArray())
        {
            JsonElement given = Member(container, "names");
            if (Text(container, "id") is { } id
                && given.ValueKind is JsonValueKind.Array
                && given.EnumerateArray().FirstOrDefault() is { ValueKind: JsonValueKind.String } name)
            {
                names[id] = name.GetString()!;
            }
        }

        return names;
    }

    private JsonDocument? Read(string path)
    {
        try
        {
            string whole = Path.Join(root, path);
            return RegularFile.IsAt(whole) && RegularFile.TryRead(whole, LongestFile, out byte[] octets) ? JsonDocument.Parse(octets) : null;
        }
        catch (Exception unseen) when (unseen is IOException or UnauthorizedAccessException or JsonException)
        {
            return null; // of another runtime, not ours to read, or being written
        }
    }

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind is JsonValueKind.Object && element.TryGetProperty(name, out JsonElement member) ? member : default;

    private static string? Text(JsonElement element, string name)
    {
        JsonElement member = Member(element, name);
        return member.ValueKind is JsonValueKind.String && member.GetString() is { Length: > 0 } text ? text : null;
    }
}
